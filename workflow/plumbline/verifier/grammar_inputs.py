"""The grammar of ``get_inputs`` and its like: factory calls, plumbing, literals and containers."""

from __future__ import annotations

import ast

from .astools import Refused, bound_names, is_docstring, is_literal, plain_parameters, shown
from .vocabulary import DTYPES, FACTORIES, FACTORY_METHODS

CONTAINERS = ast.List | ast.Tuple | ast.Set


def check_input_function(node: ast.FunctionDef, constants: set[str]) -> None:
    """Refuse anything but assignments of allowed values, a seed, and one return."""
    if plain_parameters(node):
        raise Refused(node, "signature", f"{node.name} must take no arguments")
    names = set(constants)
    for statement in node.body:
        match statement:
            case ast.Assign([target], value):
                _value(value, names)
                names.update(bound_names(target))
            case ast.Return(ast.expr() as value):
                _value(value, names)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("torch"), "manual_seed"), [seed], [])):
                _value(seed, names)
            case _ if is_docstring(statement):
                continue
            case _:
                raise Refused(
                    statement, "inputs", f"{shown(statement)} may not stand in {node.name}"
                )


def _value(node: ast.expr, names: set[str]) -> None:
    if is_literal(node):
        return
    match node:
        case ast.Name(name) if name in names:
            return
        case ast.Attribute(ast.Name("torch"), name) if name in DTYPES or name in (
            "inf",
            "pi",
            "nan",
        ):
            return
        case ast.Attribute(ast.Name("math"), name) if not name.startswith("_"):
            return
        case ast.Attribute(value, "T" | "mT" | "shape"):
            _value(value, names)
        case ast.List(elements) | ast.Tuple(elements):
            for element in elements:
                _value(element, names)
        case ast.Dict(keys, values):
            for part in [*keys, *values]:
                if part is None:
                    raise Refused(node, "inputs", "** may not stand in a dict")
                _value(part, names)
        case ast.BinOp(left, _, right):
            _value(left, names)
            _value(right, names)
        case ast.UnaryOp(_, operand):
            _value(operand, names)
        case ast.Compare(left, _, others):
            for part in [left, *others]:
                _value(part, names)
        case ast.Subscript(value, index):
            _value(value, names)
            _index(index, names)
        case ast.Call():
            _call(node, names)
        case ast.ListComp(element, [ast.comprehension(ast.Name(name), count, [], 0)]):
            _range(count, names)
            _value(element, names | {name})
        case _:
            raise Refused(node, "inputs", f"{shown(node)} is no factory call, plumbing or literal")


def _index(node: ast.expr, names: set[str]) -> None:
    match node:
        case ast.Tuple(parts):
            for part in parts:
                _index(part, names)
        case ast.Slice(lower, upper, step):
            for bound in (lower, upper, step):
                if bound is not None:
                    _value(bound, names)
        case _:
            _value(node, names)


def _range(node: ast.expr, names: set[str]) -> None:
    match node:
        case ast.Call(ast.Name("range"), bounds, []):
            for bound in bounds:
                _value(bound, names)
        case _:
            raise Refused(node, "inputs", f"{shown(node)}: only range(...) may be looped over")


def _call(node: ast.Call, names: set[str]) -> None:
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in ("out", "generator"):
            raise Refused(node, "inputs", f"{shown(node)}: argument {keyword.arg or '**'}")
        _value(keyword.value, names)
    for argument in node.args:
        _value(argument, names)
    match node.func:
        case ast.Attribute(ast.Name("torch"), name) if name in FACTORIES:
            return
        case ast.Attribute(receiver, name) if name in FACTORY_METHODS:
            _value(receiver, names)
        case _:
            raise Refused(node, "inputs", f"{shown(node)} is no factory call")
