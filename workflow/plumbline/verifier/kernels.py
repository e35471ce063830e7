"""The part of check 3 that reads source: a kernel shows one computing call, and plumbing.

Plumbing inside a kernel, of its inputs as well as of its parameters, is allowed
(``matmul(q, k.transpose(-2, -1))``): only computing calls count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .astools import Violation, shown
from .grammar_components import ComponentSource
from .structure import declared_level
from .vocabulary import PLUMBING

BRANCHES = (
    ast.For, ast.While, ast.If, ast.IfExp, ast.ListComp, ast.GeneratorExp, ast.BoolOp,
)  # fmt: skip
SIZES = frozenset({"size", "dim", "numel"})


def kernel_violations(
    components: Mapping[str, ComponentSource], composition: bool
) -> list[Violation]:
    """A kernel's source shows one computing call, in a forward without loops and branches."""
    return [
        Violation(f"{name}.py", line, "kernel", message)
        for name, component in components.items()
        if composition or declared_level(component.docstring) == "kernel"
        for line, message in _problems(component)
    ]


def _problems(component: ComponentSource) -> Iterator[tuple[int, str]]:
    assert component.model is not None
    if component.helpers:
        yield 1, "a kernel has one class and no helpers"
    methods = {p.name: p for p in component.model.body if isinstance(p, ast.FunctionDef)}
    for name in sorted(set(methods) - {"__init__", "forward"}):
        yield methods[name].lineno, f"a kernel has no method {name}"
    if "forward" not in methods:
        yield component.model.lineno, "Model has no forward"
        return
    parts = [p for p in ast.walk(methods["forward"]) if isinstance(p, ast.expr | ast.stmt)]
    for part in parts:
        if isinstance(part, BRANCHES):
            yield part.lineno, f"a kernel does not branch or loop: {shown(part)}"
    found = [part for part in parts if _computes(part)]
    if len(found) > 1:
        text = ", ".join(shown(part, 40) for part in found[:4])
        yield found[1].lineno, f"a kernel shows one computing call, found {len(found)}: {text}"


def _computes(node: ast.expr | ast.stmt) -> bool:
    """Whether one syntax node of a kernel's forward is a computing call or operator."""
    match node:
        case ast.Call(ast.Attribute(_, name)) if name in PLUMBING | SIZES:
            return False
        case ast.Call(ast.Name("len" | "int" | "float" | "tuple" | "list" | "slice")):
            return False
        case ast.BinOp(left, _, right):
            return not (_is_size(left) and _is_size(right))
        case ast.UnaryOp(_, operand):
            return not _is_size(operand)
    return isinstance(node, ast.Call | ast.Compare | ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    )


def _is_size(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.Attribute(ast.Name("math"), _):
            return True
        case ast.Subscript(ast.Attribute(_, "shape"), _) | ast.Call(ast.Attribute(_, "size"), _):
            return True
        case ast.UnaryOp(_, operand):
            return _is_size(operand)
        case ast.BinOp(left, _, right):
            return _is_size(left) and _is_size(right)
    return False
