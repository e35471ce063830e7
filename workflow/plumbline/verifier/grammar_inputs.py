"""The grammar of ``get_inputs`` and its like: what torch computes, literals and containers."""

from __future__ import annotations

import ast

from .astools import Refused, bound_names, dotted, is_docstring, plain_parameters, shown
from .constants import NUMBER_FUNCTIONS
from .vocabulary import DTYPES, TRANSPOSED, namespace_names, tensor_names

PLAIN = (
    ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Slice,
    ast.Subscript, ast.Starred, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.keyword,
)  # fmt: skip
TORCH_CONSTANTS = DTYPES | {"inf", "pi", "nan"}
DESCRIBED = TRANSPOSED | {"shape", "dtype", "ndim", "real", "imag", "values", "indices"}
CONVERSIONS = NUMBER_FUNCTIONS | {"list", "tuple", "dict"}
SPACES = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "math": "math"}
CALLED = ("torch", "torch.nn.functional", "torch.linalg", "torch.fft", "torch.special", "math")


def check_input_function(node: ast.FunctionDef, constants: set[str]) -> None:
    """Refuse anything but assignments of allowed values, a seed, and one return."""
    if plain_parameters(node):
        raise Refused(node, "signature", f"{node.name} must take no arguments")
    names = set(constants)
    for statement in node.body:
        match statement:
            case ast.Assign([target], value):
                _check(value, names)
                names.update(bound_names(target))
            case ast.Return(ast.expr() as value):
                _check(value, names)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("torch"), "manual_seed"), [seed], [])):
                _check(seed, names)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "append"), [value], [])) if (
                name in names - constants
            ):
                _check(value, names)
            case _ if is_docstring(statement):
                continue
            case _:
                message = f"{shown(statement)} may not stand in {node.name}"
                raise Refused(statement, "inputs", message)


def _check(node: ast.AST, names: set[str]) -> None:
    """Every part of an expression: a name, a literal, a container, or a factory call."""
    match node:
        case ast.Name(name) if name in names:
            return None
        case ast.Attribute(ast.Name("torch"), name) if name in TORCH_CONSTANTS:
            return None
        case ast.Attribute(ast.Name("math"), name) if not name.startswith("_"):
            return None
        case ast.Attribute(value, name) if name in DESCRIBED:
            return _check(value, names)
        case ast.Call(function, arguments, keywords):
            _check_function(function, names)
            if banned := {keyword.arg for keyword in keywords} & {None, "out", "generator"}:
                raise Refused(node, "inputs", f"{shown(node)}: argument {banned.pop() or '**'}")
            parts: list[ast.AST] = [*arguments, *keywords]
        case ast.ListComp(element, [ast.comprehension(ast.Name(name), counts, [], 0)]):
            match counts:
                case ast.Call(ast.Name("range"), bounds, []):
                    names = names | {name}
                    parts = [element, *bounds]
                case _:
                    raise Refused(node, "inputs", f"{shown(node)}: only range(...) is looped over")
        case _ if isinstance(node, PLAIN) and None not in getattr(node, "keys", []):
            parts = list(ast.iter_child_nodes(node))
        case _:
            raise Refused(node, "inputs", f"{shown(node)} is no call of torch and no literal")
    for part in parts:
        _check(part, names)
    return None


def _check_function(function: ast.expr, names: set[str]) -> None:
    """What children may call: values of inputs are never used, the original's are what counts."""
    space, _, own = (dotted(function) or "").rpartition(".")
    head, _, rest = space.partition(".")
    full = f"{SPACES[head]}.{rest}".rstrip(".") if head in SPACES and head not in names else ""
    match function:
        case ast.Name(name) if name in CONVERSIONS - names:
            return
        case _ if full and full in CALLED and own in namespace_names(full):
            return
        case ast.Attribute(receiver, name) if not full and name in tensor_names():
            _check(receiver, names)
        case _:
            raise Refused(function, "inputs", f"{shown(function)} is no factory")
