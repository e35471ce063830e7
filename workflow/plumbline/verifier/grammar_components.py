"""The grammar of component files: computing with torch, and nothing reached outside.

Which statements and expressions may stand, which names and attributes may be used, and what may be
assigned. Whether state is kept between calls, or values are read, is seen when the file runs.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

import torch.nn as nn

from .astools import (
    IDLE_IMPORTS,
    SELF_TESTS,
    Refused,
    Violation,
    bound_names,
    check_annotation,
    check_local_name,
    check_self_test,
    is_docstring,
    is_main_guard,
    local_names,
    members,
    parameters,
    shown,
)
from .constants import is_dtype, is_literal, is_shape_list
from .files import Source
from .grammar_expressions import NAMESPACES, ExpressionGrammar, methods
from .spellings import plain_component
from .vocabulary import (
    MODULE_ATTRIBUTES,
    namespace_names,
    nn_names,
)

CONTEXTS = {"torch.no_grad()"} | {
    f"torch.autocast('cpu', dtype=torch.{dtype})" for dtype in ("bfloat16", "float16")
}
FIXED_FUNCTIONS = ("get_inputs", "get_init_inputs", "get_expected_output_shape")
STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.If, ast.For, ast.While,
    ast.Pass, ast.Break, ast.Continue, ast.Assert, ast.Raise, ast.With, ast.Delete,
)  # fmt: skip


@dataclass
class ComponentSource:
    """A component file after its check: the tree to compile, without its self-test."""

    tree: ast.Module
    docstring: str = ""
    model: ast.ClassDef | None = None
    helpers: int = 0
    violations: list[Violation] = field(default_factory=list)


def check_component(source: Source) -> ComponentSource:
    """Hold one child file to the grammar of components."""
    grammar = _ComponentGrammar(source.name)
    tree = grammar.parse(source.text)
    if tree is None:
        return ComponentSource(ast.Module([], []), violations=grammar.violations)
    tree = plain_component(tree, CONTEXTS)
    grammar.members = set(members(tree))
    grammar.methods = methods(tree)
    grammar.visit(tree.body, grammar.top_level)
    if grammar.model is None:
        grammar.refuse("missing", "has no class Model(nn.Module)")
    if "get_inputs" not in grammar.bound:
        grammar.refuse("missing", "has no function get_inputs()")
    kept, found = ast.Module(grammar.kept, []), ast.get_docstring(tree) or ""
    return ComponentSource(kept, found, grammar.model, grammar.helpers, grammar.violations)


class _ComponentGrammar(ExpressionGrammar):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.model: ast.ClassDef | None = None
        self.helpers = 0
        self.numbers: set[str] = set()  # names of constants at module level

    def top_level(self, node: ast.stmt) -> None:
        match node:
            case ast.ImportFrom("__future__", [ast.alias("annotations", None)], 0):
                return
            case ast.Import() if ast.unparse(node) in IDLE_IMPORTS:
                return
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.Assign([ast.Name() | ast.Tuple() as target], value) if is_literal(
                value, self.numbers
            ):
                for name in bound_names(target):
                    self.bind(node, name, "")
                    self.numbers.add(name)
            case ast.Assign([ast.Name(name)], value) if is_dtype(value):
                self.bind(node, name, "")
            case ast.Assign([ast.Name(name)], value) if is_shape_list(value, self.numbers):
                self.bind(node, name, "")
                self.given.add(name)
            case ast.FunctionDef(name=name) if name in SELF_TESTS:
                check_self_test(node)
                return
            case ast.If() if is_main_guard(node):
                check_self_test(node)
                return
            case ast.FunctionDef(name=name):
                self.bind(node, name, "")
                self.helpers += name not in FIXED_FUNCTIONS
                self.function(node)
            case ast.ClassDef():
                self.class_definition(node)
            case _ if not is_docstring(node):
                raise Refused(node, "module level", f"{shown(node)} may not stand at module level")
        self.kept.append(node)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        space = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
        for alias in node.names:
            match node:
                case ast.Import() if alias.name in NAMESPACES and alias.name != "torch.Tensor":
                    name = alias.asname or alias.name.split(".")[0]
                    self.bind(node, name, alias.name if alias.asname else name)
                case ast.ImportFrom() if space in NAMESPACES and (
                    alias.name in namespace_names(space)
                ):
                    self.bind(node, alias.asname or alias.name, f"{space}.{alias.name}")
                case _:
                    text = f"{shown(node)}: children use torch and math only"
                    raise Refused(node, "import", text)

    def class_definition(self, node: ast.ClassDef) -> None:
        self.bind(node, node.name, "")
        bases = [self.resolved(base) or "" for base in node.bases]
        if len(bases) != 1 or not is_module_class(bases[0]) or node.keywords:
            raise Refused(node, "class", f"class {node.name} must derive from nn.Module alone")
        if node.decorator_list:
            raise Refused(node, "decorator", f"class {node.name} has a decorator")
        self.model = node if node.name == "Model" else self.model
        self.helpers += node.name != "Model"
        self.visit(node.body, self.class_part)

    def class_part(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef(name=name):
                if name != "__init__":
                    check_local_name(node, name)
                if name in MODULE_ATTRIBUTES - {"__init__", "forward"}:
                    raise Refused(node, "class body", f"{name} may not be defined")
                self.function(node, method=True)
            case ast.Assign([ast.Name(name)], value) if is_literal(value, self.numbers):
                check_local_name(node, name)
                if name in MODULE_ATTRIBUTES:
                    raise Refused(node, "class body", f"{name} belongs to nn.Module")
            case _ if not is_docstring(node) and not isinstance(node, ast.Pass):
                raise Refused(node, "class body", f"{shown(node)} may not stand in a class")

    def function(self, node: ast.FunctionDef, method: bool = False) -> None:
        if [ast.unparse(d) for d in node.decorator_list] not in ([], ["staticmethod"]):
            raise Refused(node, "decorator", f"{node.name} has a decorator")
        first = 0 if method and not node.decorator_list else -1
        for place, argument in enumerate(parameters(node)):
            if (argument.arg == "self") != (place == first):
                raise Refused(
                    node, "signature", "self is the first parameter of a method, and no other"
                )
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is None or is_literal(default, self.numbers):
                continue
            if not self.resolved(default):
                raise Refused(default, "signature", f"default {shown(default)} is no literal")
            self.expression(default)
        for argument in parameters(node):
            check_annotation(argument.annotation)
            check_local_name(node, argument.arg)
        check_annotation(node.returns)
        self.constructor, self.local = node.name == "__init__", local_names(node)
        self.seeds = node.name == "get_inputs"
        self.hidden = set() if not method and node.name in FIXED_FUNCTIONS else self.given
        self.visit(node.body, self.statement)
        self.local = set()

    def statement(self, node: ast.stmt) -> None:
        if not isinstance(node, STATEMENTS):
            raise Refused(node, "statement", f"{shown(node)} may not stand in a component")
        match node:
            case ast.Assign(targets) | ast.Delete(targets):
                for target in targets:
                    self.target(target)
            case ast.AugAssign(target) | ast.AnnAssign(target) | ast.For(target):
                self.target(target)
            case ast.With(items) if not all(ast.unparse(item) in CONTEXTS for item in items):
                raise Refused(node, "statement", f"{shown(node)} may not stand in a component")
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                check_annotation(value)
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.stmt):
                    self.visit([part], self.statement)
                elif isinstance(part, ast.expr):
                    self.expression(part)


def is_module_class(full: str) -> bool:
    """Whether a dotted name is that of a class of modules in torch.nn."""
    space, _, name = full.rpartition(".")
    return space == "torch.nn" and name in nn_names() and issubclass(getattr(nn, name), nn.Module)
