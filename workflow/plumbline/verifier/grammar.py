"""The grammar of a refactored file: children, plumbing and bare arithmetic, and nothing else.

Allowed, from the outside in::

    file      docstring, imports, lines about sys.path, constants, one class, input functions
    class     RefactoredModel(nn.Module): docstring, __init__, forward
    __init__  super().__init__(); self.a = Child(); self.b = nn.ModuleList([Child(), ...]); constants
    forward   see grammar_forward
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from .astools import (
    FileGrammar,
    Refused,
    Violation,
    bound_names,
    check_self_test,
    dotted,
    is_docstring,
    is_main_guard,
    plain_parameters,
    shown,
)
from .constants import is_literal, is_path_line, place_of_path
from .files import Source
from .grammar_forward import ForwardGrammar
from .grammar_inputs import check_input_function
from .vocabulary import MODULE_ATTRIBUTES

IMPORTS = {  # allowed lines and the name that they bind; None: the name may not be used
    "import sys": None, "import os": None, "import pathlib": None, "from pathlib import Path": None,
    "from __future__ import annotations": None,
    "import torch.nn.functional as F": None, "from torch.nn import functional as F": None,
    "import torch": "torch", "import math": "math", "import torch.nn as nn": "nn",
    "from torch import nn": "nn", "from torch import Tensor": "Tensor",
}  # fmt: skip
NO_CHILDREN = ("torch", "math", "typing", "sys", "os", "original", "refactored")
MODEL_NAMES = ("RefactoredModel", "Model")
INPUT_FUNCTIONS = ("get_inputs", "get_init_inputs", "get_expected_output_shape")


@dataclass
class RefactoredSource:
    """What the grammar learned: the tree to compile, the class, and name in the file -> child."""

    tree: ast.Module
    class_name: str = ""
    children: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


def check_refactored(source: Source) -> RefactoredSource:
    """Hold a whole refactored file to the grammar. Its tree comes back without the inert lines."""
    grammar = _RefactoredGrammar(source.name)
    tree = grammar.parse(source.text)
    if tree is not None:
        grammar.visit(tree.body, grammar.top_level)
        if "get_inputs" not in grammar.bound:
            grammar.refuse("missing", "has no function get_inputs()")
        if not grammar.class_name:
            grammar.refuse("missing", "has no class RefactoredModel(nn.Module) (or Model)")
    tree = ast.Module(grammar.kept, [])
    return RefactoredSource(tree, grammar.class_name, grammar.children, grammar.violations)


class _RefactoredGrammar(FileGrammar):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.class_name = ""
        self.children: dict[str, str] = {}
        self.attributes: dict[str, str] = {}  # attribute -> child, list or literal
        self.constants: set[str] = set()  # names at module level
        self.paths: dict[str, str] = {}  # name at module level -> what it names
        self.numbers: set[str] = set()  # names of constants in __init__

    def top_level(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names) if len(names) > 1:  # import os, sys
                for alias in names:
                    self.imports(ast.copy_location(ast.Import([alias]), node))
                return
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
                return
            case ast.Expr() | ast.If() if is_path_line(node, self.paths):
                return
            case ast.Assign([ast.Name(name)], value) if place_of_path(value, self.paths):
                self.bind(node, name, "")
                self.paths[name] = place_of_path(value, self.paths) or ""
                return
            case ast.Assign([ast.Name() | ast.Tuple() as target], value) if is_literal(
                value, self.constants
            ):
                for name in bound_names(target):
                    self.bind(node, name, "")
                    self.constants.add(name)
            case ast.ClassDef():
                self.kept.append(node)
                self.class_definition(node)
                return
            case ast.FunctionDef(name="run_tests"):
                check_self_test(node)
                return
            case ast.If() if is_main_guard(node):
                check_self_test(node)
                return
            case ast.FunctionDef(name=name) if name in INPUT_FUNCTIONS:
                self.bind(node, name, "")
                check_input_function(node, self.constants)
            case _ if is_docstring(node):
                return
            case _:
                raise Refused(node, "module level", f"{shown(node)} may not stand at module level")
        self.kept.append(node)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        text = ast.unparse(node)
        match node:
            case _ if text in IMPORTS:
                if (name := IMPORTS[text]) is None:
                    return
                self.bind(node, name, f"import of {name}")
            case ast.ImportFrom("typing", names, 0):
                for alias in names:
                    self.bind(node, alias.asname or alias.name, "typing")
            case ast.ImportFrom(str() as module, [ast.alias("Model", asname)], 0):
                child = module.removeprefix("children.")
                if not child.isidentifier() or child in NO_CHILDREN:
                    raise Refused(node, "import", f"{module} is not a file of children/")
                self.bind(node, asname or "Model", "")
                self.children[asname or "Model"] = child
            case _:
                raise Refused(node, "import", f"{text}: only torch and children are imported")
        self.kept.append(node)

    def class_definition(self, node: ast.ClassDef) -> None:
        if node.name not in MODEL_NAMES or self.class_name:
            raise Refused(node, "class", f"class {node.name}: expected one class RefactoredModel")
        self.bind(node, node.name, "")
        self.class_name = node.name
        bases = [dotted(base) for base in node.bases]
        if bases not in (["nn.Module"], ["torch.nn.Module"]) or node.keywords:
            raise Refused(node, "class", f"{node.name} must derive from nn.Module alone")
        if node.decorator_list:
            raise Refused(node, "decorator", f"{node.name} has a decorator")
        methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
        for name in ("__init__", "forward"):
            if name not in methods:
                raise Refused(node, "missing", f"{node.name} has no {name}")
        own = [methods["__init__"], methods["forward"]]
        for part in node.body:
            if part not in own and not is_docstring(part):
                text = f"{shown(part)} may not stand in the class"
                self.refuse("class body", text, part.lineno)
        self.constructor(methods["__init__"])
        forward = ForwardGrammar(self.attributes, self.constants, set(self.bound))
        forward.signature(methods["forward"])
        self.visit(methods["forward"].body, forward.statement)

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
                    self.numbers.add(attribute)
            case ast.Assign([ast.Name(name)], value) if is_literal(value, self.numbers):
                if name in self.bound:
                    raise Refused(node, "rebinding", f"__init__ hides the name {name}")
                self.numbers.add(name)
            case ast.Expr(ast.Call(ast.Attribute(ast.Attribute(ast.Name("self"), name), "append"),
                                   [child], [])) if self.attributes.get(name) == "list":  # fmt: skip
                if not self.is_child(child):
                    raise Refused(node, "__init__", f"{shown(child)} is not a child of this step")
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [count], []), body, []) if (
                is_literal(count, self.numbers)
            ):
                self.numbers.add(name)
                for part in body:
                    if not isinstance(part, ast.Expr):
                        raise Refused(part, "__init__", f"{shown(part)} may not be repeated")
                    self.construct(part)
            case ast.Pass():
                return
            case _ if not is_docstring(node):
                raise Refused(node, "__init__", f"{shown(node)}: __init__ may only make children")

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

    def is_child_list(self, node: ast.expr) -> bool:
        match node:
            case ast.List(elements) | ast.Tuple(elements):
                return bool(elements) and all(self.is_child(element) for element in elements)
            case ast.ListComp(element, [loop]) | ast.GeneratorExp(element, [loop]):
                match loop:
                    case ast.comprehension(
                        ast.Name(name), ast.Call(ast.Name("range"), [count], []), [], 0
                    ):
                        self.numbers.add(name)
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
