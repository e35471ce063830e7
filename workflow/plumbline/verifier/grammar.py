"""The grammar of a refactored file: children, plumbing and bare arithmetic, and nothing else.

Allowed, from the outside in::

    file      docstring, imports, lines about sys.path, constants, one class, input functions
    class     RefactoredModel(nn.Module): docstring, __init__, forward
    __init__  super().__init__(); self.a = Child(); self.b = nn.ModuleList([Child(), ...]); constants
    forward   see grammar_forward
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass, field

from .astools import (
    IDLE_IMPORTS,
    SELF_TESTS,
    Refused,
    Violation,
    bound_names,
    check_local_name,
    check_self_test,
    dotted,
    is_docstring,
    is_main_guard,
    plain_parameters,
    shown,
)
from .constants import is_dtype, is_literal, is_path_line, is_shape_list, place_of_path
from .files import Source
from .grammar_constructor import ConstructorGrammar
from .grammar_forward import ForwardGrammar
from .grammar_inputs import check_input_function
from .grammar_loops import USED_BUILTINS
from .spellings import plain_refactored
from .vocabulary import MODULE_ATTRIBUTES

IMPORTS = {  # allowed lines and the name that they bind; None: the name may not be used
    **dict.fromkeys(IDLE_IMPORTS), "import os": None, "import pathlib": None, "from pathlib import Path": None,
    "from __future__ import annotations": None,
    "import torch.nn.functional as F": "F", "from torch.nn import functional as F": "F",
    "import torch": "torch", "import torch.nn": "torch", "import math": "math", "import torch.nn as nn": "nn",
    "from torch import nn": "nn", "from torch import Tensor": "Tensor",
}  # fmt: skip
NO_CHILDREN = ("torch", "math", "typing", "sys", "os", "original", "refactored")
MODEL_NAMES = ("RefactoredModel", "Model")
INPUT_FUNCTIONS = ("get_inputs", "get_init_inputs", "get_expected_output_shape")
MOST_ROUNDS = 8  # of looking at functions that call one another


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
        plain_refactored(tree)
        grammar.visit(tree.body, grammar.top_level)
        grammar.check_plumbing()
        if "get_inputs" not in grammar.bound:
            grammar.refuse("missing", "has no function get_inputs()")
        for name in sorted(USED_BUILTINS & set(grammar.bound)):
            grammar.refuse("rebinding", f"binds the name {name}, which Python has")
        if not grammar.class_name:
            grammar.refuse("missing", "has no class RefactoredModel(nn.Module) (or Model)")
    tree = ast.Module(grammar.kept, [])
    return RefactoredSource(tree, grammar.class_name, grammar.children, grammar.violations)


class _RefactoredGrammar(ConstructorGrammar):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.given: set[str] = set()  # and those that only functions of inputs may use
        self.parts: dict[str, tuple[ast.FunctionDef, dict[str, str]]] = {}  # of plumbing
        self.parameters: dict[str, list[str]] = {}  # of these
        self.paths: dict[str, str] = {}  # name at module level -> what it names

    def top_level(self, node: ast.stmt) -> None:
        match node:
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
            case ast.Assign([ast.Name(name)], value) if is_dtype(value) or is_shape_list(
                value, self.constants
            ):
                self.bind(node, name, "")
                self.given.add(name)
            case ast.ClassDef():
                self.kept.append(node)
                self.class_definition(node)
                return
            case ast.FunctionDef(name=name) if name in SELF_TESTS:
                check_self_test(node)
                return
            case ast.Assign([ast.Name(name)], ast.Name(other)) if (
                other == self.class_name and name in MODEL_NAMES
            ):
                self.bind(node, name, "")  # another name for the class
                return
            case ast.If() if is_main_guard(node):
                check_self_test(node)
                return
            case ast.FunctionDef(name=name) if name in INPUT_FUNCTIONS:
                self.bind(node, name, "")
                check_input_function(node, self.constants | self.given)
            case ast.FunctionDef(name=name):
                self.bind(node, name, "")
                self.parameters[name] = plain_parameters(node)
                self.parts[name] = node, {}
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
        self.visit([part for part in node.body if part not in own], self.class_part)
        self.constructor(methods["__init__"])
        for name, method in methods.items():
            if name == "forward" or self.attributes.get(name) == "method":
                self.parameters[f"self.{name}"] = plain_parameters(method, method=True)
                self.parts[f"self.{name}"] = method, self.attributes

    def class_part(self, node: ast.stmt) -> None:
        """A docstring, a constant, or a method of plumbing."""
        match node:
            case ast.Assign([ast.Name(name)], value) if is_literal(value, self.constants):
                kind = "literal"
            case ast.FunctionDef(name):
                kind = "method"
            case _ if is_docstring(node):
                return
            case _:
                raise Refused(node, "class body", f"{shown(node)} may not stand in the class")
        check_local_name(node, name)
        if name in MODULE_ATTRIBUTES or name in self.attributes:
            raise Refused(node, "class body", f"{name} may not be defined in the class")
        self.attributes[name] = kind

    def check_plumbing(self) -> None:
        """Forward, and functions and methods that may do no more than one.

        A parameter is a size if no call gives it a value; which do is learned by looking again.
        """
        everything = {(name, one) for name, names in self.parameters.items() for one in names}
        called = {dotted(call.func) for node, _ in self.parts.values() for call in ast.walk(node)
                  if isinstance(call, ast.Call)}  # fmt: skip
        valued = {(name, one) for name, one in everything if name not in called}
        found, reserved = self.violations, {*self.bound, *self.parameters} | USED_BUILTINS
        for left in reversed(range(MOST_ROUNDS)):
            valued |= set() if left else everything
            known, self.violations = len(valued), list(found)
            for name, (node, attributes) in self.parts.items():
                forward = ForwardGrammar(
                    attributes, self.constants, reserved, self.parameters, valued
                )
                self.visit([node], functools.partial(forward.signature, name))
                self.visit(node.body, forward.statement)
            if len(valued) == known:
                return
