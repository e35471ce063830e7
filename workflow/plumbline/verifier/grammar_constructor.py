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
        self.attributes: dict[str, str] = {}  # attribute -> child, list or literal
        self.constants: set[str] = set()  # names at module level
        self.numbers: set[str] = set()  # names of constants in __init__
        self.child_lists: set[str] = set()  # names of lists of children there

    def constructor(self, node: ast.FunctionDef) -> None:
        self.numbers = set(plain_parameters(node, method=True))
        if self.numbers & set(self.bound):
            raise Refused(node, "rebinding", "a parameter of __init__ hides a name of the file")
        self.numbers |= self.constants
        calls = {"super().__init__()", f"super({self.class_name}, self).__init__()"}
        rest = [part for part in node.body if ast.unparse(part) not in calls]
        if len(rest) != len(node.body) - 1:
            raise Refused(node, "__init__", "__init__ must call super().__init__() once")
        self.visit(rest, self.construct)

    def construct(self, node: ast.stmt) -> None:
        """One statement of ``__init__``."""
        match node:
            case ast.Assign([ast.Attribute(ast.Name("self"), attribute)], value):
                if attribute.startswith("_") or attribute in MODULE_ATTRIBUTES:
                    raise Refused(node, "__init__", f"self.{attribute} belongs to nn.Module")
                if attribute in self.attributes:
                    raise Refused(node, "__init__", f"self.{attribute} is assigned twice")
                self.attributes[attribute] = kind = self.member(value)
                if kind == "literal":
                    self.number(node, attribute)
            case ast.Assign([ast.Name(name)], value) if is_literal(value, self.numbers):
                self.number(node, name)
            case ast.Assign([ast.Name(name)], value) if self.is_child_list(value):
                if name in self.numbers | self.child_lists | set(self.bound):
                    raise Refused(node, "rebinding", f"__init__ binds the name {name} twice")
                self.child_lists.add(name)
            case ast.Expr(ast.Call(ast.Attribute(grown, "append"), [child], [])) if self.is_growing(
                grown
            ):
                if not self.is_child(child):
                    raise Refused(node, "__init__", f"{shown(child)} is not a child of this step")
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [count], []), body, []) if (
                is_literal(count, self.numbers)
            ):
                self.number(node, name)
                for part in body:
                    if not isinstance(part, ast.Expr):
                        raise Refused(part, "__init__", f"{shown(part)} may not be repeated")
                    self.construct(part)
            case ast.Pass():
                return
            case _ if not is_docstring(node):
                raise Refused(node, "__init__", f"{shown(node)}: __init__ may only make children")

    def number(self, node: ast.AST, name: str) -> None:
        """A name, or an attribute, that stands for a number from here on, and never for a list."""
        hidden = name in self.bound and name not in self.numbers
        if name in self.child_lists or hidden:
            raise Refused(node, "rebinding", f"__init__ hides the name {name}")
        self.numbers.add(name)

    def member(self, value: ast.expr) -> str:
        """Kind of an attribute: a child, a list of children, or a literal."""
        match value:
            case ast.Attribute(ast.Name("self"), other) if other in self.attributes:
                return self.attributes[other]
            case ast.Call(ast.Attribute() as function, members, []) if len(members) < 2:
                lists = ("nn.ModuleList", "torch.nn.ModuleList")
                if dotted(function) in lists and all(self.is_child_list(m) for m in members):
                    return "list"
            case ast.Name(name) if name in self.numbers:
                return "literal"
            case _ if is_literal(value, self.numbers):
                return "literal"
            case _ if self.is_child(value):
                return "child"
        raise Refused(value, "__init__", f"{shown(value)} is not a child of this step")

    def is_growing(self, node: ast.expr) -> bool:
        """A list of children that __init__ makes: an attribute, or a name of its own."""
        match node:
            case ast.Name(name):
                return name in self.child_lists
            case ast.Attribute(ast.Name("self"), name):
                return self.attributes.get(name) == "list"
        return False

    def is_child_list(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(name):
                return name in self.child_lists
            case ast.List(elements) | ast.Tuple(elements):
                return all(self.is_child(element) for element in elements)
            case ast.ListComp(element, [loop]) | ast.GeneratorExp(element, [loop]):
                match loop:
                    case ast.comprehension(
                        ast.Name(name), ast.Call(ast.Name("range"), [count], []), [], 0
                    ):
                        self.number(node, name)
                        return is_literal(count, self.numbers) and self.is_child(element)
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
