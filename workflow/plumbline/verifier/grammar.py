"""The grammar of a refactored file: children, plumbing and bare arithmetic, and nothing else.

Allowed, from the outside in::

    file      docstring, imports, the sys.path line, literal constants, one class, input functions
    class     RefactoredModel(nn.Module): docstring, __init__, forward
    __init__  super().__init__(); self.a = Child(); self.b = nn.ModuleList([Child(), ...]); literals
    forward   name = value; name += value; for block in self.blocks; return value
    value     names, literals, self.child(value, ...), x.view(...), torch.cat(...), x + y, x[0]

Sizes (``x.shape[0]``, literals, arithmetic on them) are told apart from values: only sizes may
index, since indexing by a tensor computes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from .astools import (
    Refused,
    Violation,
    bound_names,
    check_local_name,
    dotted,
    is_docstring,
    is_literal,
    is_main_guard,
    plain_parameters,
    shown,
)
from .files import Source
from .grammar_components import check_self_test
from .grammar_forward import ForwardGrammar
from .grammar_inputs import check_input_function
from .vocabulary import MODULE_ATTRIBUTES

FOLDERS = (
    "Path(__file__).parent",
    "Path(__file__).resolve().parent",
    "pathlib.Path(__file__).parent",
)
JOINED = (
    "os.path.join(os.path.dirname(__file__), 'children')",
    "os.path.join(os.path.dirname(os.path.abspath(__file__)), 'children')",
)
PATH_LINES = {f"sys.path.insert(0, str({folder} / 'children'))" for folder in FOLDERS} | {
    f"sys.path.insert(0, {joined})" for joined in JOINED
}
INERT_IMPORTS = {"import sys", "import os", "import pathlib", "from pathlib import Path"}
IMPORTS = {
    "import torch": {"torch": "torch"},
    "import torch.nn as nn": {"nn": "torch.nn"},
    "from torch import nn": {"nn": "torch.nn"},
    "import torch.nn.functional as F": {},
    "from torch.nn import functional as F": {},
    "import math": {"math": "math"},
    "from torch import Tensor": {"Tensor": "torch.Tensor"},
    "from __future__ import annotations": {},
}
MODEL_NAMES = ("RefactoredModel", "Model")
INPUT_FUNCTIONS = ("get_inputs", "get_init_inputs", "get_expected_output_shape")


@dataclass
class RefactoredSource:
    """What the grammar learned: the tree to compile, the children's names and their attributes."""

    tree: ast.Module
    class_name: str = ""
    children: dict[str, str] = field(default_factory=dict)  # name in the file -> child module
    attributes: dict[str, str] = field(
        default_factory=dict
    )  # attribute -> "child"|"list"|"literal"
    violations: list[Violation] = field(default_factory=list)


def check_refactored(source: Source) -> RefactoredSource:
    """Hold a whole refactored file to the grammar. Its tree comes back without the inert lines."""
    try:
        tree = ast.parse(source.text, filename=str(source.path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        violation = Violation(source.name, line, "syntax", f"is not Python: {error}")
        return RefactoredSource(ast.Module([], []), violations=[violation])
    checker = _FileGrammar(source.name, RefactoredSource(ast.Module([], [])))
    checker.module(tree)
    return checker.found


class _FileGrammar:
    def __init__(self, file: str, found: RefactoredSource) -> None:
        self.file = file
        self.found = found
        self.bound: set[str] = set()
        self.constants: set[str] = set()
        self.kept: list[ast.stmt] = []

    def refuse(self, error: Refused) -> None:
        self.found.violations.append(Violation(self.file, error.line, error.rule, error.message))

    def module(self, tree: ast.Module) -> None:
        for node in tree.body:
            try:
                self.top_level(node)
            except Refused as error:
                self.refuse(error)
            except RecursionError:
                self.refuse(Refused(node, "syntax", "is nested too deeply"))
        for wanted in ("get_inputs",):
            if wanted not in self.bound:
                self.refuse(Refused(tree, "missing", f"has no function {wanted}()"))
        if not self.found.class_name:
            message = "has no class RefactoredModel(nn.Module) (or Model)"
            self.refuse(Refused(tree, "missing", message))
        self.found.tree = ast.Module(self.kept, [])

    def bind(self, node: ast.AST, name: str) -> None:
        check_local_name(node, name)
        if name in self.bound:
            raise Refused(node, "rebinding", f"binds the name {name} twice")
        self.bound.add(name)

    def top_level(self, node: ast.stmt) -> None:
        if is_docstring(node):
            return
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.Expr(ast.Call()) if ast.unparse(node) in PATH_LINES:
                return
            case ast.Assign([ast.Name(name)], value) if is_literal(value):
                self.bind(node, name)
                self.constants.add(name)
                self.kept.append(node)
            case ast.ClassDef():
                self.class_definition(node)
                self.kept.append(node)
            case ast.FunctionDef(name="run_tests") | ast.If() if _is_self_test(node):
                check_self_test(node)
            case ast.FunctionDef(name=name) if name in INPUT_FUNCTIONS:
                self.bind(node, name)
                check_input_function(node, self.constants)
                self.kept.append(node)
            case _:
                raise Refused(node, "module level", f"{shown(node)} may not stand at module level")

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        text = ast.unparse(node)
        if text in INERT_IMPORTS:
            return
        if text in IMPORTS:
            if text not in {ast.unparse(kept) for kept in self.kept}:
                for name in IMPORTS[text]:
                    self.bind(node, name)
                self.kept.append(node)
            return
        match node:
            case ast.ImportFrom("typing"):
                for alias in node.names:
                    self.bind(node, alias.asname or alias.name)
            case ast.ImportFrom(str() as module, [ast.alias("Model", asname)], 0):
                self.child_import(node, module, asname or "Model")
            case _:
                raise Refused(node, "import", f"{text}: only torch and children are imported")
        self.kept.append(node)

    def child_import(self, node: ast.stmt, module: str, name: str) -> None:
        child = module.removeprefix("children.")
        if not child.isidentifier() or child in ("torch", "math", "typing", "sys", "os"):
            raise Refused(node, "import", f"{module} is not a file of children/")
        self.bind(node, name)
        self.found.children[name] = child

    def class_definition(self, node: ast.ClassDef) -> None:
        if node.name not in MODEL_NAMES or self.found.class_name:
            raise Refused(node, "class", f"class {node.name}: expected one class RefactoredModel")
        self.bind(node, node.name)
        self.found.class_name = node.name
        bases = [dotted(base) for base in node.bases]
        if bases not in (["nn.Module"], ["torch.nn.Module"]) or node.keywords:
            raise Refused(node, "class", f"{node.name} must derive from nn.Module alone")
        if node.decorator_list:
            raise Refused(node, "decorator", f"{node.name} has a decorator")
        methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
        for part in node.body:
            name = getattr(part, "name", "")
            if not (
                is_docstring(part)
                or (name in ("__init__", "forward") and methods.get(name) is part)
            ):
                self.refuse(
                    Refused(part, "class body", f"{shown(part)} may not stand in the class")
                )
        for name in ("__init__", "forward"):
            if name not in methods:
                raise Refused(node, "missing", f"{node.name} has no {name}")
        self.constructor(methods["__init__"])
        ForwardGrammar(self.found.attributes, self.constants, self.bound).check(
            methods["forward"], self.refuse
        )

    def constructor(self, node: ast.FunctionDef) -> None:
        parameters = set(_after_self(node))
        if parameters & self.bound:
            raise Refused(node, "rebinding", "a parameter of __init__ hides a name of the file")
        supers = 0
        for statement in node.body:
            try:
                supers += self.construct(statement, parameters)
            except Refused as error:
                self.refuse(error)
        if supers != 1:
            self.refuse(Refused(node, "__init__", "__init__ must call super().__init__() once"))

    def construct(self, node: ast.stmt, parameters: set[str]) -> int:
        text = ast.unparse(node)
        if text in ("super().__init__()", f"super({self.found.class_name}, self).__init__()"):
            return 1
        match node:
            case ast.Pass():
                return 0
            case ast.Assign([ast.Attribute(ast.Name("self"), attribute)], value):
                kind = self.member(value, parameters)
                if attribute.startswith("_") or attribute in MODULE_ATTRIBUTES:
                    raise Refused(node, "__init__", f"self.{attribute} belongs to nn.Module")
                if attribute in self.found.attributes:
                    raise Refused(node, "__init__", f"self.{attribute} is assigned twice")
                self.found.attributes[attribute] = kind
            case _ if is_docstring(node):
                return 0
            case _:
                raise Refused(node, "__init__", f"{shown(node)}: __init__ may only make children")
        return 0

    def member(self, value: ast.expr, parameters: set[str]) -> str:
        """Kind of an attribute: a child, a list of children, or a literal."""
        if self.is_child(value, parameters):
            return "child"
        if is_literal(value):
            return "literal"
        match value:
            case ast.Attribute(ast.Name("self"), other) if other in self.found.attributes:
                return self.found.attributes[other]
            case ast.Call(ast.Attribute() as function, [members], []) if dotted(function) in (
                "nn.ModuleList",
                "torch.nn.ModuleList",
            ):
                if self.is_child_list(members, parameters):
                    return "list"
        raise Refused(value, "__init__", f"{shown(value)} is not a child of this step")

    def is_child_list(self, node: ast.expr, parameters: set[str]) -> bool:
        match node:
            case ast.List(elements) | ast.Tuple(elements):
                return bool(elements) and all(self.is_member(e, parameters) for e in elements)
            case ast.ListComp(element, [comprehension]) | ast.GeneratorExp(
                element, [comprehension]
            ):
                match comprehension:
                    case ast.comprehension(
                        ast.Name(name), ast.Call(ast.Name("range"), [count], []), [], 0
                    ):
                        inner = parameters | {name}
                        return self.is_argument(count, parameters) and self.is_child(element, inner)
        return False

    def is_member(self, node: ast.expr, parameters: set[str]) -> bool:
        match node:
            case ast.Attribute(ast.Name("self"), other):
                return self.found.attributes.get(other) == "child"
        return self.is_child(node, parameters)

    def is_child(self, node: ast.expr, parameters: set[str]) -> bool:
        match node:
            case ast.Call(ast.Name(name), arguments, keywords) if name in self.found.children:
                values = [*arguments, *(keyword.value for keyword in keywords)]
                named = all(keyword.arg is not None for keyword in keywords)
                return named and all(self.is_argument(value, parameters) for value in values)
        return False

    def is_argument(self, node: ast.expr, parameters: set[str]) -> bool:
        match node:
            case ast.Name(name):
                return name in parameters or name in self.constants
        return is_literal(node)


def _after_self(node: ast.FunctionDef) -> list[str]:
    names = plain_parameters(node)
    if names[:1] != ["self"]:
        raise Refused(node, "signature", f"{node.name} must take self first")
    return names[1:]


def _is_self_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) or is_main_guard(node)


__all__ = ["RefactoredSource", "bound_names", "check_refactored"]
