"""The grammar of ``get_inputs`` and its like: factory calls, plumbing, literals and containers."""

from __future__ import annotations

import ast

from .astools import Refused, bound_names, is_docstring, plain_parameters, shown
from .vocabulary import DTYPES, FACTORIES, FACTORY_METHODS, TRANSPOSED

PLAIN = (
    ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Slice,
    ast.Subscript, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.keyword,
)  # fmt: skip
TORCH_CONSTANTS = DTYPES | {"inf", "pi", "nan"}


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
        case ast.Attribute(value, name) if name in TRANSPOSED | {"shape"}:
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
            raise Refused(node, "inputs", f"{shown(node)} is no factory call, plumbing or literal")
    for part in parts:
        _check(part, names)
    return None


def _check_function(function: ast.expr, names: set[str]) -> None:
    match function:
        case ast.Attribute(ast.Name("torch"), name) if name in FACTORIES:
            return
        case ast.Attribute(receiver, name) if name in FACTORY_METHODS:
            _check(receiver, names)
        case ast.Name("float"):
            return
        case _:
            raise Refused(function, "inputs", f"{shown(function)} is no factory")
