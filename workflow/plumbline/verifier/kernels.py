"""The part of check 3 that reads source: a kernel shows one computing call, and plumbing.

Plumbing inside a kernel, of its inputs as well as of its parameters, is allowed
(``matmul(q, k.transpose(-2, -1))``): only computing calls count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .astools import Violation, shown
from .constants import is_number
from .grammar_components import ComponentSource
from .levels import declared_level
from .vocabulary import PLUMBING

BRANCHES = (
    ast.For, ast.While, ast.If, ast.IfExp, ast.ListComp, ast.GeneratorExp, ast.BoolOp,
)  # fmt: skip
CONTEXTS = frozenset({"no_grad", "autocast"})
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
    sizes = size_names(component.model)
    parts = [p for p in ast.walk(methods["forward"]) if isinstance(p, ast.expr | ast.stmt)]
    for part in parts:
        if isinstance(part, BRANCHES):
            yield part.lineno, f"a kernel does not branch or loop: {shown(part)}"
    found = [part for part in parts if _computes(part, sizes)]
    if len(found) > 1:
        text = ", ".join(shown(part, 40) for part in found[:4])
        yield found[1].lineno, f"a kernel shows one computing call, found {len(found)}: {text}"


def size_names(model: ast.ClassDef) -> set[str]:
    """Names, and attributes of self, that only ever stand for numbers: ``B, T, C = x.shape``."""
    sizes: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(model):
        match node:
            case ast.Assign([ast.Attribute(ast.Name("self"), name)], value):
                (sizes if _is_size(value, sizes) else others).add(name)
            case ast.Assign([ast.Name() | ast.Tuple() as target], value):
                names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
                whole = isinstance(target, ast.Tuple) and _is_shape(value)
                sizes, others = (
                    (sizes | names, others) if whole or _is_size(value, sizes)
                    else (sizes, others | names)
                )  # fmt: skip
    return sizes - others


def _computes(node: ast.expr | ast.stmt, sizes: set[str]) -> bool:
    """Whether one syntax node of a kernel's forward is a computing call or operator."""
    match node:
        case ast.Call(ast.Attribute(_, name)) if name in PLUMBING | SIZES | CONTEXTS:
            return False
        case ast.Call(ast.Name("len" | "int" | "float" | "tuple" | "list" | "slice")):
            return False
        case ast.Call() | ast.BinOp() | ast.UnaryOp():
            return not _is_size(node, sizes)
        case ast.Compare(left, _, others):
            return not all(_is_size(part, sizes) or _is_shape(part) for part in [left, *others])
    return isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    )


def _is_shape(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(_, "shape") | ast.Call(ast.Attribute(_, "size"), []):
            return True
        case ast.Subscript(value, ast.Slice()):
            return _is_shape(value)
        case ast.Tuple(elements):
            return all(isinstance(element, ast.Constant) for element in elements)
    return False


def _is_size(node: ast.expr, sizes: set[str]) -> bool:
    match node:
        case ast.Subscript(ast.Attribute(_, "shape"), _) | ast.Attribute(_, "ndim"):
            return True
        case ast.Call(ast.Attribute(_, name), _) if name in SIZES:
            return True
        case ast.UnaryOp(_, operand):
            return _is_size(operand, sizes)
        case ast.BinOp(left, _, right):
            return _is_size(left, sizes) and _is_size(right, sizes)
    return is_number(node, sizes)
