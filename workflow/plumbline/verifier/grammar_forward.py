"""The grammar of a refactored ``forward``: which statements and which values may stand there."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .astools import Refused, bound_names, is_docstring, plain_parameters, shown
from .constants import MATH_CONSTANTS, MATH_FUNCTIONS, NUMBER_FUNCTIONS, is_small_power
from .vocabulary import MEMORY_FORMATS, PLUMBING, PLUMBING_METHODS, TRANSPOSED

USED_BUILTINS = NUMBER_FUNCTIONS | {"range", "enumerate", "zip", "reversed", "super"}
SIZE, VALUE, CHILD = "size", "value", "child"


class ForwardGrammar:
    """Walks one forward. ``names`` says of each local name: a size, a value or a child."""

    def __init__(
        self, attributes: Mapping[str, str], constants: set[str], reserved: set[str]
    ) -> None:
        self.attributes = attributes
        self.reserved = reserved | USED_BUILTINS
        self.names: dict[str, str] = dict.fromkeys(constants, SIZE)
        self.lists: set[str] = set()  # names of lists that this forward makes

    def signature(self, node: ast.FunctionDef) -> None:
        """Bind the inputs; the body must return something."""
        for name in plain_parameters(node, method=True):
            self.bind(node, name, VALUE)
        if not any(isinstance(part, ast.Return | ast.Yield) for part in ast.walk(node)):
            raise Refused(node, "forward", "forward returns nothing")

    def bind(self, node: ast.AST, name: str, kind: str) -> None:
        if name == "self" or name in self.reserved:
            raise Refused(node, "rebinding", f"forward hides the name {name}")
        self.names[name] = kind

    def statement(self, node: ast.stmt) -> None:
        """One statement of forward."""
        match node:
            case ast.Assign(targets, value):
                kind = self.value(value)
                for target in targets:
                    for name in bound_names(target):
                        self.bind(target, name, kind)
                        if isinstance(value, ast.List):
                            self.lists.add(name)
            case ast.AugAssign(
                ast.Name(name), (ast.Add() | ast.Sub() | ast.Mult() | ast.Div()), value
            ) if name in self.names:
                self.bind(node, name, VALUE if self.names[name] == VALUE else self.value(value))
                self.value(value)
            case ast.AnnAssign(ast.Name(name), ast.Name() | ast.Attribute(), ast.expr() as value):
                self.bind(node, name, self.value(value))
            case ast.For(target, iterable, body, []):
                self.loop(target, iterable)
                for part in body:
                    self.statement(part)
            case ast.Return(ast.expr() as value):
                self.value(value)
            case ast.If(test, body, other) if self.is_none_test(test):
                for part in [*body, *other]:
                    self.statement(part)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "append"), [value], [])) if (
                name in self.lists
            ):
                self.names[name] = self.strongest([ast.Name(name), value])
            case ast.Expr(ast.Call() as call) if self.is_child_call(call.func):
                self.value(call)
            case ast.Delete(targets) if all(isinstance(target, ast.Name) for target in targets):
                for target in targets:
                    self.value(target)
            case ast.Pass():
                return
            case _ if is_docstring(node):
                return
            case _:
                raise Refused(node, "forward", f"{shown(node)} may not stand in forward")

    def is_none_test(self, node: ast.expr) -> bool:
        """``mask is not None``: the one question that a forward may ask of an input."""
        match node:
            case ast.Compare(ast.Name(name), [ast.Is() | ast.IsNot()], [ast.Constant(None)]):
                return name in self.names
        return False

    def loop(self, target: ast.expr, iterable: ast.expr) -> None:
        """``for block in self.blocks``, also with enumerate, zip or range."""
        kinds = self.loop_kinds(iterable)
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        if len(kinds) != len(targets):
            raise Refused(target, "forward", f"cannot unpack {shown(iterable)}")
        for one, kind in zip(targets, kinds, strict=True):
            for name in bound_names(one):
                self.bind(one, name, kind)

    def loop_kinds(self, iterable: ast.expr) -> list[str]:
        match iterable:
            case ast.Attribute(ast.Name("self"), name) if self.attributes.get(name) == "list":
                return [CHILD]
            case ast.Call(ast.Name("reversed"), [inner], []):
                return self.loop_kinds(inner)
            case ast.Call(ast.Name("enumerate"), [inner], []):
                kinds = self.loop_kinds(inner)
                if len(kinds) == 1:
                    return [SIZE, *kinds]
            case ast.Call(ast.Name("zip"), parts, []):
                return [kind for part in parts for kind in self.loop_kinds(part)]
            case ast.Call(ast.Name("range"), bounds, []):
                if all(self.value(bound) == SIZE for bound in bounds):
                    return [SIZE]
            case ast.Name() if self.value(iterable) == VALUE:
                return [VALUE]
        raise Refused(
            iterable, "forward", f"a loop over {shown(iterable)} is not one over children"
        )

    def is_child_call(self, function: ast.expr) -> bool:
        match function:
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) == "child"
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), index):
                return self.attributes.get(name) == "list" and self.value(index) == SIZE
            case ast.Name(name):
                return self.names.get(name) == CHILD
        return False

    def value(self, node: ast.expr) -> str:
        """SIZE or VALUE of an expression inside the grammar; anything else is refused."""
        match node:
            case ast.Constant():
                return SIZE
            case ast.Name(name) if self.names.get(name) in (SIZE, VALUE):
                return self.names[name]
            case ast.Attribute(ast.Name("self"), name) if self.attributes.get(name) == "literal":
                return SIZE
            case ast.Tuple(elements) | ast.List(elements):
                return self.strongest(elements)
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
            case ast.ListComp(element, [ast.comprehension(target, iterable, [], 0)]) if (
                CHILD in self.loop_kinds(iterable)  # [branch(x) for branch in self.branches]
            ):
                self.loop(target, iterable)
                self.value(element)
                return VALUE
            case ast.Attribute(value, "shape" | "ndim"):
                self.value(value)
                return SIZE
            case ast.Attribute(value, name) if name in TRANSPOSED:
                self.value(value)
                return VALUE
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

    def call(self, node: ast.Call) -> str:
        values = [*node.args, *(k.value for k in node.keywords if k.arg != "memory_format")]
        for keyword in node.keywords:
            self.keyword(keyword)
        if self.is_child_call(node.func):
            self.strongest(values)
            return VALUE
        match node.func:
            case ast.Attribute(ast.Name("torch"), name) if name in PLUMBING:
                self.strongest(values)
                return VALUE
            case ast.Attribute(receiver, "size" | "dim"):
                self.strongest([receiver, *values])
                return SIZE
            case ast.Attribute(receiver, name) if name in PLUMBING_METHODS:
                if self.value(receiver) == VALUE:
                    self.strongest([v.value if isinstance(v, ast.Starred) else v for v in values])
                    return VALUE
            case ast.Name("len"):
                match values:
                    case [ast.Attribute(ast.Name("self"), name)] if (
                        self.attributes.get(name) == "list"
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
