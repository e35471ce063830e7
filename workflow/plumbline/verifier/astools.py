"""Small helpers shared by the three source grammars."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .constants import is_literal
from .vocabulary import BUILTIN_NAMES, BUILTINS, outside_names

Node = TypeVar("Node", ast.stmt, ast.expr)


USUAL_NAMES = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "math": "math", "Tensor": "torch.Tensor",
}  # fmt: skip

SELF_TESTS = ("run_tests", "main")
HARMLESS = {"__name__", "type", "hasattr", "SystemExit", "exit"}  # in a self-test
IDLE_IMPORTS = ("import sys", "import time", "import traceback")  # of names for self-tests alone


@dataclass(frozen=True)
class Violation:
    """One place where source leaves its grammar."""

    file: str
    line: int
    rule: str
    message: str

    def as_json(self) -> dict[str, object]:
        """The form in which a verdict lists it."""
        return {"file": self.file, "line": self.line, "rule": self.rule, "message": self.message}

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} [{self.rule}]"


class Refused(Exception):
    """Raised where the grammar has no rule for a node; carries the node for its line."""

    def __init__(self, node: ast.AST, rule: str, message: str) -> None:
        super().__init__(message)
        self.line = getattr(node, "lineno", 0)
        self.rule = rule
        self.message = message


def shown(node: ast.AST, limit: int = 60) -> str:
    """Source of a node, shortened to one line."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def is_docstring(node: ast.stmt) -> bool:
    """A bare string as a statement."""
    match node:
        case ast.Expr(ast.Constant(str())):
            return True
    return False


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` of a chain of attributes on a name, else None."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, attribute):
            base = dotted(value)
            return f"{base}.{attribute}" if base else None
    return None


def is_main_guard(node: ast.stmt) -> bool:
    """``if __name__ == "__main__":`` without an else branch."""
    match node:
        case ast.If(
            ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]), _, []
        ):
            return True
    return False


def plain_parameters(function: ast.FunctionDef, method: bool = False) -> list[str]:
    """Parameter names, of a method without ``self``; stars and odd defaults are refused."""
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        raise Refused(function, "signature", f"{function.name} must list plain parameters")
    for default in [*arguments.defaults, *arguments.kw_defaults]:
        if default is not None and not is_literal(default):
            raise Refused(default, "signature", f"default {shown(default)} is not a literal")
    if function.decorator_list:
        raise Refused(function, "decorator", f"{function.name} has a decorator")
    for argument in [*arguments.args, *arguments.kwonlyargs]:
        check_annotation(argument.annotation)
    check_annotation(function.returns)
    names = [argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]]
    for name in names:
        check_local_name(function, name)
    if method and names[:1] != ["self"]:
        raise Refused(function, "signature", f"{function.name} must take self first")
    return names[1:] if method else names


class FileGrammar:
    """What both file grammars share: visiting nodes, and collecting what is refused and kept."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.violations: list[Violation] = []
        self.bound: dict[str, str] = {}  # name at module level -> what it means
        self.kept: list[ast.stmt] = []

    def parse(self, text: str) -> ast.Module | None:
        """The tree of a file, or None and a violation."""
        try:
            return ast.parse(text, filename=self.file)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.refuse("syntax", f"is not Python: {error}", getattr(error, "lineno", 0) or 0)
            return None

    def refuse(self, rule: str, message: str, line: int = 1) -> None:
        """Note one violation."""
        self.violations.append(Violation(self.file, line, rule, message))

    def visit(self, nodes: Iterable[Node], rule: Callable[[Node], object]) -> None:
        """Apply a rule to each node; the rest is looked at even where one is refused."""
        for node in nodes:
            try:
                rule(node)
            except Refused as error:
                self.refuse(error.rule, error.message, error.line)
            except RecursionError:
                self.refuse("syntax", "is nested too deeply", node.lineno)

    def bind(self, node: ast.AST, name: str, meaning: str) -> None:
        """Bind a name once; an import may be repeated."""
        check_local_name(node, name)
        if name in USUAL_NAMES and meaning not in (USUAL_NAMES[name], f"import of {name}"):
            raise Refused(node, "rebinding", f"binds the name {name} to something else")
        if self.bound.get(name, meaning) != meaning or (name in self.bound and not meaning):
            raise Refused(node, "rebinding", f"binds the name {name} twice")
        self.bound[name] = meaning


def check_self_test(node: ast.stmt) -> None:
    """A self-test is cut out and never runs here; a person may run it, so it must be harmless.

    Its defaults, annotations and decorators run wherever the file is imported.
    """
    if isinstance(node, ast.FunctionDef):
        plain_parameters(node)
    for part in ast.walk(node):
        match part:
            case ast.Import([ast.alias("sys" | "traceback" | "time" | "math" | "torch", None)]):
                continue
            case ast.Import() | ast.ImportFrom():
                raise Refused(part, "import", f"{shown(part)} may not stand in a self-test")
            case ast.Name(name) if name in BUILTIN_NAMES - BUILTINS - HARMLESS:
                raise Refused(part, "self-test", f"{name} may not stand in a self-test")
            case ast.Attribute(_, "__name__" | "__class__"):  # f"{type(error).__name__}: {error}"
                continue
            case ast.Attribute(_, name) if name.startswith("_") or name in outside_names():
                raise Refused(part, "self-test", f".{name} may not stand in a self-test")


def check_annotation(node: ast.expr | None) -> None:
    """Annotations are evaluated: only names, dots, brackets and ``|`` may stand in them."""
    if node is None:
        return
    for part in ast.walk(node):
        if not isinstance(
            part,
            ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.List | ast.BinOp | ast.BitOr
            | ast.Constant | ast.Load,
        ):  # fmt: skip
            raise Refused(node, "annotation", f"annotation {shown(node)} computes")
        if isinstance(part, ast.Attribute) and part.attr.startswith("_"):
            raise Refused(node, "annotation", f"annotation {shown(node)} reaches {part.attr}")


def check_local_name(node: ast.AST, name: str) -> None:
    """Names with leading double underscores belong to the interpreter."""
    if name.startswith("__"):
        raise Refused(node, "name", f"the name {name} is reserved")


def bound_names(target: ast.expr, starred: bool = False) -> Iterator[str]:
    """Names bound by an assignment target of names and tuples, with a ``*rest`` where it may be."""
    match target:
        case ast.Starred(value) if starred:
            yield from bound_names(value)
        case ast.Name(name):
            check_local_name(target, name)
            yield name
        case ast.Tuple(elements) | ast.List(elements):
            for element in elements:
                yield from bound_names(element, starred)
        case _:
            raise Refused(target, "assignment", f"cannot assign to {shown(target)} here")


def members(tree: ast.Module) -> list[str]:
    """Names that are assigned on ``self``, registered, or of methods and class attributes."""
    names = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name("self"), name, ast.Store()):
                names.append(name)
            case ast.Call(ast.Attribute(ast.Name("self"), "register_buffer" | "register_parameter"),
                          [ast.Constant(str() as name), *_]):  # fmt: skip
                names.append(name)
            case ast.ClassDef(body=body):
                names += [s.name for s in body if isinstance(s, ast.FunctionDef)]
                names += [t.id for s in body if isinstance(s, ast.Assign)
                          for t in s.targets if isinstance(t, ast.Name)]  # fmt: skip
    return names


def parameters(node: ast.FunctionDef) -> list[ast.arg]:
    """All parameters of a function."""
    stars = [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *stars]


def local_names(node: ast.FunctionDef) -> set[str]:
    """Names that are local in the whole function: parameters and what it assigns.

    Targets of comprehensions are not among them, since they are local to the comprehension only.
    """
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
    return {argument.arg for argument in parameters(node)} | stored
