"""What a refactored ``forward`` calls, loops over and asks: children, containers of them, and sizes."""

from __future__ import annotations

import abc
import ast
from collections.abc import Mapping

from .astools import Refused, bound_names, dotted, shown
from .constants import NUMBER_FUNCTIONS, is_dtype
from .scope import CHILD, SIZE, VALUE, Scope

USED_BUILTINS = NUMBER_FUNCTIONS | frozenset(
    """tuple list dict range enumerate zip reversed super isinstance""".split()
)
KINDS = ("torch.Tensor", "Tensor", "tuple", "list", "dict")  # that isinstance may be asked for


class LoopGrammar(Scope, abc.ABC):
    """Children by all their names, loops, and questions that may be asked."""

    def __init__(
        self, attributes: Mapping[str, str], constants: set[str], reserved: set[str],
        parameters: Mapping[str, list[str]], valued: set[tuple[str, str]],
    ) -> None:  # fmt: skip
        super().__init__(constants, reserved)
        self.attributes = attributes
        self.shared: set[str] = set()  # names of lists that may have another name, too
        self.parameters = parameters  # of functions of the file, that do no more than a forward may
        self.valued = valued  # functions and parameters that are given a value somewhere

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
                return [self.holding(name)]
            case _:
                return [self.value(iterable)]
        raise Refused(iterable, "forward", f"{shown(iterable)} may not be looped over")

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

    def is_child_call(self, function: ast.expr) -> bool:
        match function:
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) in ("child", "sequence", "nothing")
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), index) if (
                self.attributes.get(name) == "dict"
            ):
                return self.value(index) == SIZE
            case ast.Subscript(value, index) if self.is_list(value):
                return not isinstance(index, ast.Slice) and self.value(index) == SIZE
            case ast.Name(name):
                return self.names.get(name) == CHILD
        return False

    def is_plumbing(self, node: ast.Call) -> bool:
        """A function or method of this file, which is held to the same grammar; it learns what it is given."""
        if (name := dotted(node.func) or "") not in self.parameters or name == "self.forward":
            return False
        names = self.parameters[name]
        for place, argument in enumerate(node.args):
            if self.value(argument) == VALUE:
                starred = any(isinstance(one, ast.Starred) for one in node.args[: place + 1])
                self.valued |= {
                    (name, one) for one in (names if starred else names[place : place + 1])
                }
        self.valued |= {(name, keyword.arg or "") for keyword in node.keywords
                        if self.value(keyword.value) == VALUE}  # fmt: skip
        return True

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
                return self.all_sizes([one for one in (left, *others) if not self.is_kind(one)])
            case ast.Call(ast.Name("isinstance"), [value, kind], []) if ast.unparse(kind) in KINDS:
                self.value(value)
                return True
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) == "literal"
        return False

    def is_kind(self, node: ast.expr) -> bool:
        """The dtype or device of a value, or a dtype: what may be asked, and is no value."""
        match node:
            case ast.Attribute(value, "dtype" | "device") if ast.unparse(value) != "self":
                self.value(value)
                return True
        return is_dtype(node)

    def holding(self, name: str, more: list[ast.expr] | None = None) -> str:
        """What a list made here holds. Of one with another name nobody knows what was appended to it."""
        kind = self.strongest(more or [])
        return VALUE if VALUE in (kind, self.names[name]) or name in self.shared else SIZE

    @abc.abstractmethod
    def value(self, node: ast.expr) -> str:
        """SIZE or VALUE of an expression inside the grammar; anything else is refused."""

    @abc.abstractmethod
    def index(self, node: ast.expr) -> None:
        """Refuse an index that is no size."""

    def strongest(self, nodes: list[ast.expr]) -> str:
        kinds = [self.value(node) for node in nodes]
        return VALUE if VALUE in kinds else SIZE

    def all_sizes(self, nodes: list[ast.expr]) -> bool:
        """Whether all arguments of a function of numbers are numbers, or ``float("-inf")``."""
        return all(self.value(node) == SIZE for node in nodes)
