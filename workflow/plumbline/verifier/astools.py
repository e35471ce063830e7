"""Small helpers shared by the three source grammars."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


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


def is_literal(node: ast.expr) -> bool:
    """Numbers, strings, None, booleans, tuples of them, and arithmetic on them."""
    match node:
        case ast.Constant():
            return True
        case ast.Tuple(elements):
            return all(is_literal(element) for element in elements)
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            return is_literal(operand)
        case ast.BinOp(left, _, right):
            return is_literal(left) and is_literal(right)
        case ast.Call(ast.Name("float"), [ast.Constant(str())], []):
            return True
    return False


def is_main_guard(node: ast.stmt) -> bool:
    """``if __name__ == "__main__":`` without an else branch."""
    match node:
        case ast.If(
            ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]), _, []
        ):
            return True
    return False


def plain_parameters(function: ast.FunctionDef) -> list[str]:
    """Parameter names after ``self``; stars, position-only marks and odd defaults are refused."""
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
    return names


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


def bound_names(target: ast.expr) -> Iterator[str]:
    """Names bound by an assignment target of names and tuples."""
    match target:
        case ast.Name(name):
            check_local_name(target, name)
            yield name
        case ast.Tuple(elements) | ast.List(elements):
            for element in elements:
                yield from bound_names(element)
        case _:
            raise Refused(target, "assignment", f"cannot assign to {shown(target)} here")
