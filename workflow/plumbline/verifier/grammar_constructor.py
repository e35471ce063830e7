"""The grammar of a refactored ``__init__``: it makes children, lists of them, and constants."""

from __future__ import annotations

import ast

from .astools import FileGrammar, Refused, dotted, is_docstring, plain_parameters, shown
from .constants import is_literal
from .vocabulary import MODULE_ATTRIBUTES


class ConstructorGrammar(FileGrammar):
    """Learns what each attribute of the model is."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.class_name = ""
        self.children: dict[str, str] = {}  # name in the file -> file of the child
        self.attributes: dict[
            str, str
        ] = {}  # attribute -> child, list, sequence, dict, literal, nothing or method
        self.constants: set[str] = set()  # names at module level
        self.numbers: set[str] = set()  # names of constants in __init__
        self.child_lists: set[str] = set()  # names of lists of children there

    def constructor(self, node: ast.FunctionDef) -> None:
        self.numbers = set(plain_parameters(node, method=True))
        if self.numbers & set(self.bound):
            raise Refused(node, "rebinding", "a parameter of __init__ hides a name of the file")
        self.numbers |= self.constants | set(self.attributes)
        calls = {"super().__init__()", f"super({self.class_name}, self).__init__()"}
        rest = [part for part in node.body if ast.unparse(part) not in calls]
        if len(rest) != len(node.body) - 1:
            raise Refused(node, "__init__", "__init__ must call super().__init__() once")
        self.visit(rest, self.construct)

    def construct(self, node: ast.stmt) -> None:
        """One statement of ``__init__``."""
        match node:
            case ast.Assign([ast.Attribute(ast.Name("self"), attribute)], value):
                if attribute.startswith("__") or attribute in MODULE_ATTRIBUTES:
                    raise Refused(node, "__init__", f"self.{attribute} belongs to nn.Module")
                if attribute in self.attributes:
                    raise Refused(node, "__init__", f"self.{attribute} is assigned twice")
                self.attributes[attribute] = kind = self.member(value)
                if kind == "literal":
                    self.number(node, attribute)
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
                for target, value in zip(targets, values, strict=True):
                    self.construct(ast.copy_location(ast.Assign([target], value), node))
            case ast.Assign([ast.Name(name)], value) if is_literal(value, self.numbers):
                self.number(node, name)
            case ast.Assign([ast.Name(name)], value) if self.is_child_list(value):
                if name in self.numbers | self.child_lists | set(self.bound):
                    raise Refused(node, "rebinding", f"__init__ binds the name {name} twice")
                self.child_lists.add(name)
            case ast.Assign(
                [ast.Subscript(ast.Attribute(ast.Name("self"), name), ast.Constant(str()))], child
            ) if self.attributes.get(name) == "dict":
                self.grow(child, self.is_child(child))
            case ast.Expr(ast.Call(ast.Attribute(grown, "append"), [child], [])) if self.is_growing(
                grown
            ):
                self.grow(child, self.is_child(child))
            case ast.Expr(ast.Call(ast.Attribute(grown, "extend"), [more], [])) | ast.AugAssign(
                grown, ast.Add(), more
            ) if self.is_growing(grown):
                self.grow(more, self.is_child_list(more))
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [count], []), body, []) if (
                is_literal(count, self.numbers)
            ):
                self.number(node, name)
                for part in body:
                    if not isinstance(part, ast.Expr | ast.AugAssign):
                        raise Refused(part, "__init__", f"{shown(part)} may not be repeated")
                    self.construct(part)
            case ast.Pass():
                return
            case _ if not is_docstring(node):
                raise Refused(node, "__init__", f"{shown(node)}: __init__ may only make children")

    def grow(self, node: ast.expr, fits: bool) -> None:
        """Only children are added to a list or a dict of children."""
        if not fits:
            raise Refused(node, "__init__", f"{shown(node)} is not a child of this step")

    def number(self, node: ast.AST, name: str) -> None:
        """A name, or an attribute, that stands for a number from here on, and never for a list."""
        hidden = name in self.bound and name not in self.numbers
        if name in self.child_lists or hidden:
            raise Refused(node, "rebinding", f"__init__ hides the name {name}")
        self.numbers.add(name)

    def member(self, value: ast.expr) -> str:
        """Kind of an attribute: a child, a list or dict of children, or a literal."""
        match value:
            case ast.Attribute(ast.Name("self"), other) if (
                self.attributes.get(other, "method") != "method"
            ):
                return self.attributes[other]
            case ast.Constant(None):
                return "nothing"  # in the place of a child that this model does not have
            case _ if is_literal(value, self.numbers):
                return "literal"
            case ast.Call(ast.Attribute() as function, members, []):
                match (dotted(function) or "").removeprefix("torch."), members:
                    case "nn.ModuleList", [] | [_] if all(map(self.is_child_list, members)):
                        return "list"
                    case "nn.Sequential", _ if all(map(self.is_part, members)):
                        return "sequence"
                    case "nn.ModuleDict", [] | [_] if all(map(self.is_child_dict, members)):
                        return "dict"
            case _ if self.is_child(value):
                return "child"
        raise Refused(value, "__init__", f"{shown(value)} is not a child of this step")

    def is_growing(self, node: ast.expr) -> bool:
        """A list of children that __init__ makes: an attribute, or a name of its own."""
        match node:
            case ast.Name(name):
                return name in self.child_lists
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) in ("list", "sequence")
        return False

    def is_part(self, node: ast.expr) -> bool:
        """What an ``nn.Sequential`` is made of: children, or ``*`` and a list of them."""
        return (
            self.is_child_list(node.value) if isinstance(node, ast.Starred) else self.is_child(node)
        )

    def is_child_dict(self, node: ast.expr) -> bool:
        """``{"up": Up()}``, ``dict(up=Up())``, ``{f"block_{i}": Block() for i in range(3)}``."""
        match node:
            case ast.Dict(keys, values):
                named = all(isinstance(key, ast.Constant) for key in keys)
                return named and all(map(self.is_child, values))
            case ast.Call(ast.Name("dict"), [], keywords):
                return all(keyword.arg and self.is_child(keyword.value) for keyword in keywords)
            case ast.DictComp(key, value, [loop]) if self.is_ranged(loop):
                names = [
                    part.value for part in ast.walk(key) if isinstance(part, ast.FormattedValue)
                ]
                named = isinstance(key, ast.JoinedStr) and all(
                    is_literal(n, self.numbers) for n in names
                )
                return named and self.is_child(value)
        return False

    def is_ranged(self, loop: ast.comprehension) -> bool:
        """``for i in range(3)``, whose name is a number from here on."""
        match loop:
            case ast.comprehension(ast.Name(name), ast.Call(ast.Name("range"), [count], []), [], 0):
                self.number(loop, name)
                return is_literal(count, self.numbers)
        return False

    def is_child_list(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(name):
                return name in self.child_lists
            case ast.List(elements) | ast.Tuple(elements):
                return all(self.is_child(element) for element in elements)
            case ast.ListComp(element, [loop]) | ast.GeneratorExp(element, [loop]):
                return self.is_ranged(loop) and self.is_child(element)
        return False

    def is_child(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(ast.Name("self"), other):
                return self.attributes.get(other) == "child"
            case ast.Call(ast.Name(name), arguments, keywords) if name in self.children:
                named = all(keyword.arg is not None for keyword in keywords)
                values = [*arguments, *(keyword.value for keyword in keywords)]
                return named and all(is_literal(value, self.numbers) for value in values)
        return False
