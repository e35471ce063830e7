"""The grammar of values in a refactored ``forward``: child calls, plumbing and bare arithmetic."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .astools import Refused, bound_names, shown
from .constants import MATH_CONSTANTS, MATH_FUNCTIONS, NUMBER_FUNCTIONS, is_small_power
from .scope import CHILD, SIZE, VALUE, Scope
from .vocabulary import MEMORY_FORMATS, PLUMBING, PLUMBING_METHODS, TRANSPOSED

USED_BUILTINS = NUMBER_FUNCTIONS | frozenset(
    """tuple list dict range enumerate zip reversed super""".split()
)


class ValueGrammar(Scope):
    """Says of each expression whether it is a size or a value; anything else is refused."""

    def __init__(
        self, attributes: Mapping[str, str], constants: set[str], reserved: set[str],
        functions: set[str],
    ) -> None:  # fmt: skip
        super().__init__(constants, reserved | functions | USED_BUILTINS)
        self.attributes = attributes
        self.functions = functions  # of the file, that do no more than a forward may

    def loop(self, target: ast.expr, iterable: ast.expr) -> None:
        """``for block in self.blocks``, also with enumerate, zip or range."""
        kinds = self.loop_kinds(iterable)
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        if len(kinds) == 1 and kinds != [CHILD]:
            kinds = kinds * len(targets)
        if len(kinds) != len(targets):
            raise Refused(target, "forward", f"cannot unpack {shown(iterable)}")
        for one, kind in zip(targets, kinds, strict=True):
            for name in bound_names(one):
                self.bind(one, name, kind)

    def loop_kinds(self, iterable: ast.expr) -> list[str]:
        match iterable:
            case _ if self.is_list(iterable):
                return [CHILD]
            case ast.Call(ast.Name("reversed"), [inner], []):
                return self.loop_kinds(inner)
            case ast.Call(ast.Name("enumerate"), [inner], []):
                kinds = self.loop_kinds(inner)
                if len(kinds) == 1:
                    return [SIZE, *kinds]
            case ast.Call(ast.Attribute(ast.Attribute(ast.Name("self"), name), "values"), [], []):
                if self.attributes.get(name) == "dict":
                    return [CHILD]
            case ast.Call(ast.Attribute(ast.Attribute(ast.Name("self"), name), "items"), [], []):
                if self.attributes.get(name) == "dict":
                    return [SIZE, CHILD]
            case ast.Call(ast.Name("zip"), parts, []):
                return [kind for part in parts for kind in self.loop_kinds(part)]
            case ast.Call(ast.Name("range"), bounds, []):
                if all(self.value(bound) == SIZE for bound in bounds):
                    return [SIZE]
            case ast.Name(name) if name in self.lists:
                return [self.names[name]]
            case _:
                return [self.value(iterable)]
        raise Refused(iterable, "forward", f"{shown(iterable)} may not be looped over")

    def is_none_test(self, node: ast.expr) -> bool:
        """``mask is not None``: the one question that a forward may ask of an input."""
        match node:
            case ast.Compare(ast.Name(name), [ast.Is() | ast.IsNot()], [ast.Constant(None)]):
                return name in self.names
            case ast.Compare(ast.Attribute(ast.Name("self"), name), [ast.Is() | ast.IsNot()],
                             [ast.Constant(None)]):  # fmt: skip
                return name in self.attributes
        return False

    def is_test(self, node: ast.expr) -> bool:
        """A question about sizes and constants, or whether there is an input."""
        match node:
            case _ if self.is_none_test(node):
                return True
            case ast.BoolOp(_, parts):
                return all(map(self.is_test, parts))
            case ast.UnaryOp(ast.Not(), part):
                return self.is_test(part)
            case ast.Compare(left, _, others):
                return self.all_sizes([left, *others])
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) == "literal"
        return False

    def is_list(self, node: ast.expr) -> bool:
        """A list of children, a slice of one, or children side by side."""
        match node:
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) in ("list", "sequence")
            case ast.Tuple(elements) | ast.List(elements) if elements:
                return all(self.is_child_call(element) for element in elements)
            case ast.Subscript(value, ast.Slice() as part) if self.is_list(value):
                self.index(part)
                return True
        return False

    def comprehended(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        """``[block(x) for block in self.blocks]``; its names are its own."""
        if len(node.generators) > 2 or any(loop.ifs or loop.is_async for loop in node.generators):
            text = f"{shown(node)}: expected one loop or two, without a condition"
            raise Refused(node, "forward", text)
        before = self.known()
        for loop in node.generators:
            self.loop(loop.target, loop.iter)
        self.value(node.elt)
        self.names, self.lists, self.dicts = before
        return VALUE

    def is_child_call(self, function: ast.expr) -> bool:
        match function:
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) in ("child", "sequence")
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), index) if (
                self.attributes.get(name) == "dict"
            ):
                return self.value(index) == SIZE
            case ast.Subscript(value, index) if self.is_list(value):
                return not isinstance(index, ast.Slice) and self.value(index) == SIZE
            case ast.Name(name):
                return self.names.get(name) == CHILD
        return False

    def value(self, node: ast.expr) -> str:
        """SIZE or VALUE of an expression inside the grammar; anything else is refused."""
        match node:
            case ast.Constant():
                return SIZE
            case ast.Name(name) if name in self.lists:
                return VALUE  # under another name it would not be known what is appended later
            case ast.Name(name) if self.names.get(name) in (SIZE, VALUE):
                return self.names[name]
            case ast.Attribute(ast.Name("self"), name) if self.attributes.get(name) == "literal":
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
                return self.names[name]
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
                made = [a for a, kind in self.attributes.items() if kind != "literal"]
                text = f"self.{name} is not a child that __init__ makes ({', '.join(made)})"
                return Refused(node, "compute", f"{shown(node)} computes outside a child: {text}")
        return Refused(node, "compute", f"{shown(node)} computes outside a child")

    def strongest(self, nodes: list[ast.expr]) -> str:
        kinds = [self.value(node) for node in nodes]
        return VALUE if VALUE in kinds else SIZE

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
        if self.is_child_call(node.func) or self.is_plumbing(node.func):
            self.strongest(values)
            return VALUE
        match node.func:
            case ast.Attribute(ast.Name("torch"), name) if name in PLUMBING:
                self.strongest(values)
                return VALUE
            case ast.Attribute(ast.Name(name), "pop") if name in self.lists:
                if self.all_sizes(values):
                    return VALUE
            case ast.Attribute(receiver, "size" | "dim"):
                self.strongest([receiver, *values])
                return SIZE
            case ast.Attribute(receiver, name) if name in PLUMBING_METHODS:
                if self.value(receiver) == VALUE:
                    self.strongest(values)
                    return VALUE
            case ast.Name("len"):
                match values:
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

    def is_plumbing(self, function: ast.expr) -> bool:
        """A function or method of this file, which is held to the same grammar."""
        match function:
            case ast.Name(name):
                return name in self.functions
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) == "method"
        return False

    def all_sizes(self, nodes: list[ast.expr]) -> bool:
        """Whether all arguments of a function of numbers are numbers, or ``float("-inf")``."""
        return all(self.value(node) == SIZE for node in nodes)

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
