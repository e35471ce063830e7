# ruff: noqa: SIM905 (lists of words)
"""The grammar of component files: computing with torch, and nothing reached outside."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from .astools import (
    Refused,
    Violation,
    bound_names,
    check_annotation,
    check_local_name,
    dotted,
    is_docstring,
    is_literal,
    is_main_guard,
    shown,
)
from .files import Source
from .vocabulary import (
    BUILTIN_NAMES,
    BUILTINS,
    MODULE_ATTRIBUTES,
    STATEFUL_TENSOR_NAMES,
    namespace_names,
    value_names,
)

NAMESPACES = (
    "torch", "torch.nn", "torch.functional", "torch.nn.functional", "torch.nn.init",
    "torch.fft", "torch.linalg",
    "torch.special", "math", "typing", "torch.Tensor",
)  # fmt: skip
FIXED_FUNCTIONS = ("get_inputs", "get_init_inputs", "get_expected_output_shape", "run_tests")
KEEPING = frozenset(
    """append extend insert pop remove clear update setdefault popitem sort reverse""".split()
)
STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.If, ast.For, ast.While,
    ast.Pass, ast.Break, ast.Continue, ast.Assert, ast.Raise, ast.With, ast.Delete,
)  # fmt: skip
EXPRESSIONS = (
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.DictComp,
    ast.GeneratorExp, ast.Compare, ast.Call, ast.JoinedStr, ast.FormattedValue, ast.Constant,
    ast.Attribute, ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice,
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
    try:
        tree = ast.parse(source.text, filename=str(source.path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        violation = Violation(source.name, line, "syntax", f"is not Python: {error}")
        return ComponentSource(ast.Module([], []), violations=[violation])
    grammar = _ComponentGrammar(source.name)
    grammar.module(tree)
    return grammar.found


def check_self_test(node: ast.stmt) -> None:
    """A self-test is cut out and never runs here; a person may run it, so it must be harmless."""
    banned = {"eval", "exec", "compile", "open", "__import__", "getattr", "setattr", "delattr",
              "globals", "locals", "vars", "breakpoint", "input", "__builtins__"}  # fmt: skip
    for part in ast.walk(node):
        match part:
            case ast.Import([ast.alias("sys" | "traceback", None)]):
                continue
            case ast.Import() | ast.ImportFrom():
                raise Refused(part, "import", f"{shown(part)} may not stand in a self-test")
            case ast.Name(name) if name in banned:
                raise Refused(part, "self-test", f"{name} may not stand in a self-test")
            case ast.Attribute(_, name) if name.startswith("_") or name in ("modules", "system"):
                raise Refused(part, "self-test", f".{name} may not stand in a self-test")


class _ComponentGrammar:
    def __init__(self, file: str) -> None:
        self.file = file
        self.found = ComponentSource(ast.Module([], []))
        self.bound: dict[str, str] = {}  # module-level name -> namespace, or "" for a local value
        self.members: set[str] = set()  # attributes assigned on self anywhere in the file
        self.kept: list[ast.stmt] = []

    def refuse(self, error: Refused) -> None:
        self.found.violations.append(Violation(self.file, error.line, error.rule, error.message))

    def module(self, tree: ast.Module) -> None:
        self.found.docstring = ast.get_docstring(tree) or ""
        self.members = set(_members(tree))
        for node in tree.body:
            try:
                self.top_level(node)
            except Refused as error:
                self.refuse(error)
            except RecursionError:
                self.refuse(Refused(node, "syntax", "is nested too deeply"))
        if self.found.model is None:
            self.refuse(Refused(tree, "missing", "has no class Model(nn.Module)"))
        if "get_inputs" not in self.bound:
            self.refuse(Refused(tree, "missing", "has no function get_inputs()"))
        self.found.tree = ast.Module(self.kept, [])

    def bind(self, node: ast.AST, name: str, namespace: str = "") -> None:
        check_local_name(node, name)
        if name in self.bound and (not namespace or self.bound[name] != namespace):
            raise Refused(node, "rebinding", f"binds the name {name} twice")
        self.bound[name] = namespace

    def top_level(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.Assign([ast.Name(name)], value) if is_literal(value):
                self.bind(node, name)
            case ast.FunctionDef(name="run_tests"):
                self.bind(node, "run_tests")
                return check_self_test(node)
            case ast.If() if is_main_guard(node):
                return check_self_test(node)
            case ast.FunctionDef(name=name):
                self.bind(node, name)
                self.found.helpers += name not in FIXED_FUNCTIONS
                self.function(node, method=False)
            case ast.ClassDef():
                self.class_definition(node)
            case _ if is_docstring(node):
                return None
            case _:
                raise Refused(node, "module level", f"{shown(node)} may not stand at module level")
        self.kept.append(node)
        return None

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        match node:
            case ast.Import(names):
                for alias in names:
                    if alias.name not in NAMESPACES or alias.name == "torch.Tensor":
                        raise Refused(
                            node, "import", f"{shown(node)}: children use torch and math only"
                        )
                    name = alias.asname or alias.name.split(".")[0]
                    self.bind(node, name, alias.name if alias.asname else name)
            case ast.ImportFrom("__future__", [ast.alias("annotations", None)], 0):
                return
            case ast.ImportFrom(str() as module, names, 0) if module in NAMESPACES:
                for alias in names:
                    full = f"{module}.{alias.name}"
                    if alias.name not in namespace_names(module):
                        raise Refused(node, "import", f"{full} may not be imported by a child")
                    self.bind(node, alias.asname or alias.name, full)
            case _:
                raise Refused(node, "import", f"{shown(node)}: children use torch and math only")

    def class_definition(self, node: ast.ClassDef) -> None:
        self.bind(node, node.name)
        bases = [self.resolved(base) for base in node.bases]
        if len(bases) != 1 or not (bases[0] or "").startswith("torch.nn.") or node.keywords:
            raise Refused(node, "class", f"class {node.name} must derive from nn.Module alone")
        if node.decorator_list:
            raise Refused(node, "decorator", f"class {node.name} has a decorator")
        if node.name == "Model":
            self.found.model = node
        else:
            self.found.helpers += 1
        methods: set[str] = set()
        for part in node.body:
            match part:
                case ast.FunctionDef(name=name) if name not in methods:
                    if name in MODULE_ATTRIBUTES - {"__init__", "forward"}:
                        self.refuse(Refused(part, "class body", f"{name} may not be defined"))
                    methods.add(name)
                    self.function(part, method=True)
                case ast.Assign([ast.Name(name)], value) if is_literal(value):
                    continue
                case _ if is_docstring(part) or isinstance(part, ast.Pass):
                    continue
                case _:
                    self.refuse(
                        Refused(part, "class body", f"{shown(part)} may not stand in a class")
                    )

    def resolved(self, node: ast.expr) -> str | None:
        """Full dotted name of a chain that starts at an import, else None."""
        chain = dotted(node)
        if chain is None:
            return None
        head, _, rest = chain.partition(".")
        namespace = self.bound.get(head)
        return f"{namespace}.{rest}".rstrip(".") if namespace else None

    def function(self, node: ast.FunctionDef, method: bool) -> None:
        if node.decorator_list and [ast.unparse(d) for d in node.decorator_list] != [
            "staticmethod"
        ]:
            self.refuse(Refused(node, "decorator", f"{node.name} has a decorator"))
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None and not is_literal(default) and not self.resolved(default):
                self.refuse(
                    Refused(default, "signature", f"default {shown(default)} is no literal")
                )
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            check_annotation(argument.annotation)
        check_annotation(node.returns)
        constructor = method and node.name == "__init__"
        _BodyGrammar(self, constructor, local_names(node)).block(node.body)


def _members(tree: ast.Module) -> list[str]:
    names = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name("self"), name, ast.Store()):
                names.append(name)
            case ast.Call(ast.Attribute(ast.Name("self"), "register_buffer" | "register_parameter"),
                          [ast.Constant(str() as name), *_]):  # fmt: skip
                names.append(name)
            case ast.FunctionDef(name=name) if not name.startswith("__"):
                names.append(name)
            case ast.ClassDef(body=body):
                names += [t.id for s in body if isinstance(s, ast.Assign)
                          for t in s.targets if isinstance(t, ast.Name)]  # fmt: skip
    return [name for name in names if not name.startswith("__")]


def local_names(node: ast.FunctionDef) -> set[str]:
    """Names that are local in the whole function: its parameters and what it assigns.

    Targets of comprehensions are not among them, since they are local to the comprehension only.
    """
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    arguments += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    inner = {
        part
        for comprehension in ast.walk(node)
        if isinstance(comprehension, ast.comprehension)
        for part in ast.walk(comprehension.target)
    }
    stored = {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part not in inner
    }
    return {argument.arg for argument in arguments} | stored


class _BodyGrammar:
    """Statements and expressions inside a function of a component."""

    def __init__(self, file: _ComponentGrammar, constructor: bool, local: set[str]) -> None:
        self.file = file
        self.constructor = constructor
        self.local = local

    def block(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            try:
                self.statement(statement)
            except Refused as error:
                self.file.refuse(error)

    def statement(self, node: ast.stmt) -> None:
        if not isinstance(node, STATEMENTS):
            raise Refused(node, "statement", f"{shown(node)} may not stand in a component")
        match node:
            case ast.Assign(targets) | ast.Delete(targets):
                for target in targets:
                    self.target(target)
            case ast.AugAssign(target) | ast.AnnAssign(target) | ast.For(target):
                self.target(target)
            case ast.With(items):
                for item in items:
                    if ast.unparse(item.context_expr) != "torch.no_grad()" or item.optional_vars:
                        raise Refused(node, "statement", f"with {shown(item.context_expr)}")
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                check_annotation(value)
            elif isinstance(value, ast.expr):
                self.expression(value)
            elif isinstance(value, list):
                self.block([part for part in value if isinstance(part, ast.stmt)])
                for part in value:
                    if isinstance(part, ast.expr):
                        self.expression(part)

    def target(self, node: ast.expr) -> None:
        """Names and slices may be written; ``self`` only by the constructor."""
        match node:
            case ast.Tuple(elements) | ast.List(elements):
                for element in elements:
                    self.target(element)
            case ast.Starred(value):
                self.target(value)
            case ast.Name(name):
                check_local_name(node, name)
                if name in self.file.bound or name == "self":
                    raise Refused(node, "rebinding", f"{name} is bound outside this function")
            case ast.Attribute(ast.Name("self"), name) if self.constructor:
                if name in MODULE_ATTRIBUTES or name.startswith("__"):
                    raise Refused(node, "assignment", f"self.{name} may not be assigned")
            case ast.Subscript(value) if not _rooted_at_self(value):
                return
            case _:
                raise Refused(node, "state", f"{shown(node)} is assigned outside the constructor")

    def expression(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.expr):
                self.one(part)

    def one(self, node: ast.expr) -> None:
        if not isinstance(node, EXPRESSIONS):
            raise Refused(node, "expression", f"{shown(node)} may not stand in a component")
        match node:
            case ast.Name(name, ast.Load()):
                if name.startswith("__") or self.is_foreign(name):
                    raise Refused(node, "name", f"the name {name} may not stand in a component")
            case ast.Attribute():
                self.attribute(node)
            case ast.Call(ast.Attribute(receiver, name)) if name in KEEPING:
                if _rooted_at_self(receiver) and not self.constructor:
                    raise Refused(node, "state", f"{shown(node)} keeps state between calls")

    def is_foreign(self, name: str) -> bool:
        """Whether a name means a builtin that is not allowed."""
        if name in self.local or name in self.file.bound:
            return False
        return name in BUILTIN_NAMES and name not in BUILTINS

    def attribute(self, node: ast.Attribute) -> None:
        if ast.unparse(node) == "super().__init__":
            return
        match node.value:
            case ast.Call(ast.Name("super")):
                if ast.unparse(node.value).endswith(", self)") and node.attr == "__init__":
                    return
                raise Refused(node, "attribute", f"{shown(node)}: super() is for __init__ only")
        if node.attr.startswith("__"):
            raise Refused(node, "attribute", f"{shown(node)} reaches {node.attr}")
        full = self.file.resolved(node)
        if full is not None:
            space, _, name = full.rpartition(".")
            if space.startswith(("torch.finfo", "torch.float", "torch.nn.functional.")):
                return
            if name not in namespace_names(space):
                raise Refused(node, "attribute", f"{full} may not be used by a child")
            return
        own = node.value
        if isinstance(own, ast.Name) and own.id == "self":
            allowed = (
                node.attr in self.file.members
                or node.attr in ("training",)
                or (self.constructor and node.attr in ("register_buffer", "register_parameter"))
            )
            if not allowed:
                raise Refused(node, "attribute", f"self.{node.attr} is not made by this file")
        elif node.attr not in value_names() and (
            node.attr not in self.file.members or node.attr in STATEFUL_TENSOR_NAMES
        ):
            raise Refused(
                node, "attribute", f"{shown(node)}: .{node.attr} may not be used by a child"
            )


def _rooted_at_self(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id == "self"


__all__ = ["ComponentSource", "bound_names", "check_component", "check_self_test"]
