"""The grammar of values in a refactored ``forward``: child calls, plumbing and bare arithmetic."""

from __future__ import annotations

import ast

from .astools import Refused, shown
from .constants import MATH_CONSTANTS, MATH_FUNCTIONS, NUMBER_FUNCTIONS, is_small_power
from .grammar_loops import LoopGrammar
from .scope import SIZE, VALUE
from .vocabulary import MEMORY_FORMATS, PLUMBING, PLUMBING_METHODS, TRANSPOSED

LITERALS = ("literal", "nothing")  # kinds of attributes


class ValueGrammar(LoopGrammar):
    """Says of each expression whether it is a size or a value; anything else is refused."""

    def value(self, node: ast.expr) -> str:
        """SIZE or VALUE of an expression inside the grammar; anything else is refused."""
        match node:
            case ast.Constant():
                return SIZE
            case ast.Starred(ast.Name(name)) if name in self.lists:
                return self.holding(name)
            case ast.Name(name) if name in self.lists:
                self.shared.add(name)
                return VALUE
            case ast.Name(name) if self.names.get(name) in (SIZE, VALUE):
                return self.names[name]
            case ast.Attribute(ast.Name("self"), name) if self.attributes.get(name) in LITERALS:
                return SIZE
            case ast.Tuple(elements) | ast.List(elements):
                return self.strongest(elements)
            case ast.JoinedStr(parts):
                if self.strongest(parts) == SIZE:
                    return SIZE
            case ast.FormattedValue(part, _, form):
                return self.strongest([part, form] if form else [part])
            case ast.Dict(keys, values):
                if not all(isinstance(key, ast.Constant) for key in keys):
                    raise Refused(node, "forward", "keys of a dict must be literals")
                self.strongest(values)
                return VALUE
            case ast.UnaryOp(ast.USub(), operand):
                return self.value(operand)
            case ast.BinOp(left, (ast.Add() | ast.Sub() | ast.Mult() | ast.Div()), right):
                return self.strongest([left, right])
            case ast.BinOp(left, ast.FloorDiv() | ast.Mod(), right):
                if self.strongest([left, right]) == SIZE:
                    return SIZE
            case ast.BinOp(left, ast.Pow(), right) if is_small_power(node):
                if self.strongest([left, right]) == SIZE:
                    return SIZE
            case ast.Attribute(ast.Name("math"), name) if name in MATH_CONSTANTS:
                return SIZE
            case ast.ListComp():
                return self.comprehended(node)
            case ast.Starred(value):
                return self.value(value)
            case ast.IfExp(test, body, other) if self.is_test(test):
                return self.strongest([body, other])
            case ast.Attribute(value, "shape" | "ndim"):
                self.value(value)
                return SIZE
            case ast.Attribute(value, name) if name in TRANSPOSED:
                self.value(value)
                return VALUE
            case ast.Subscript(ast.Name(name), index) if name in self.lists:
                self.index(index)
                return self.holding(name)
            case ast.Subscript(value, index):
                self.index(index)
                return self.value(value)
            case ast.Call():
                return self.call(node)
        raise self.refused(node)

    def refused(self, node: ast.expr) -> Refused:
        """Why an expression does not fit: an unknown name, no child, or a computation."""
        match node:
            case ast.Name(name):
                text = f"{name} is not bound here"
                return Refused(
                    node, "name", text if name not in self.names else f"{name} is a child"
                )
            case ast.Call(ast.Attribute(ast.Name("self"), name)) if name not in self.attributes:
                made = [a for a, kind in self.attributes.items() if kind not in LITERALS]
                text = f"self.{name} is not a child that __init__ makes ({', '.join(made)})"
                return Refused(node, "compute", f"{shown(node)} computes outside a child: {text}")
        return Refused(node, "compute", f"{shown(node)} computes outside a child")

    def index(self, node: ast.expr) -> None:
        match node:
            case ast.Tuple(parts):
                for part in parts:
                    self.index(part)
            case ast.Slice(lower, upper, step):
                for bound in (lower, upper, step):
                    if bound is not None:
                        self.index(bound)
            case ast.List():
                raise Refused(node, "compute", f"indexing by {shown(node)} computes")
            case _ if self.value(node) != SIZE:
                raise Refused(node, "compute", f"indexing by {shown(node)} computes")

    def container(self, node: ast.Call) -> str:
        """``tuple(outs)``, ``list(x.shape)``, ``dict(last=x)``."""
        match node:
            case ast.Call(ast.Name("dict"), [], keywords) if all(k.arg for k in keywords):
                self.strongest([keyword.value for keyword in keywords])
                return VALUE
            case ast.Call(ast.Name("tuple" | "list"), [ast.GeneratorExp() as inner], []):
                return self.comprehended(inner)
            case ast.Call(ast.Name("tuple" | "list"), [] | [_], []):
                return self.strongest(node.args)
        raise self.refused(node)

    def call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Name) and node.func.id in ("tuple", "list", "dict"):
            return self.container(node)
        values = [*node.args, *(k.value for k in node.keywords if k.arg != "memory_format")]
        for keyword in node.keywords:
            self.keyword(keyword)
        if self.is_child_call(node.func) or self.is_plumbing(node):
            self.strongest(values)
            return VALUE
        match node.func:
            case ast.Attribute(ast.Name("torch"), name) if name in PLUMBING:
                self.strongest(values)
                return VALUE
            case ast.Attribute(ast.Name(name), "values") if name in self.dicts and not values:
                return VALUE
            case ast.Attribute(ast.Name(name), "pop") if name in self.lists:
                if self.all_sizes(values):
                    return VALUE
            case ast.Attribute(receiver, "size" | "dim" | "numel"):
                self.strongest([receiver, *values])
                return SIZE
            case ast.Attribute(receiver, name) if name in PLUMBING_METHODS:
                if self.value(receiver) == VALUE:
                    self.strongest(values)
                    return VALUE
            case ast.Name("len"):
                match values:
                    case [ast.Name(name)] if name in self.lists:
                        return SIZE
                    case [ast.Attribute(ast.Name("self"), name)] if self.attributes.get(name) in (
                        "list",
                        "sequence",
                    ):
                        return SIZE
                self.strongest(values)
                return SIZE
            case ast.Name(name) if name in NUMBER_FUNCTIONS and self.all_sizes(values):
                return SIZE
            case ast.Attribute(ast.Name("math"), name) if name in MATH_FUNCTIONS and self.all_sizes(
                values
            ):
                return SIZE
        raise self.refused(node)

    def keyword(self, keyword: ast.keyword) -> None:
        if keyword.arg is None or keyword.arg in ("out", "dtype"):
            raise Refused(
                keyword.value, "compute", f"the argument {keyword.arg or '**'} is not plumbing"
            )
        if keyword.arg == "memory_format":
            match keyword.value:
                case ast.Attribute(ast.Name("torch"), name) if name in MEMORY_FORMATS:
                    return
            raise Refused(keyword.value, "compute", f"{shown(keyword.value)} is no memory format")
