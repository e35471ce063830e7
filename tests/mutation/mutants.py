"""Mutants of one step: small changes of its source and of its weight map.

Made by walking the syntax tree of ``forward`` and ``__init__``; nothing here knows of the checks.
"""

import ast
import copy
import functools
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

OTHER = {
    "relu": "gelu", "gelu": "silu", "silu": "gelu", "tanh": "sigmoid", "sigmoid": "tanh",
    "softmax": "log_softmax", "ReLU": "GELU", "GELU": "SiLU", "SiLU": "ReLU", "ReLU6": "ReLU",
    "Tanh": "Sigmoid", "Sigmoid": "Tanh", "exp": "expm1", "sin": "cos", "cos": "sin",
    "max_pool2d": "avg_pool2d", "MaxPool2d": "AvgPool2d", "softplus": "relu", "rsqrt": "sqrt",
    "triu": "tril", "tril": "triu", "add": "sub", "mul": "add", "lt": "le", "gt": "ge",
}  # fmt: skip


class Mutant(NamedTuple):
    """One file of a step with other content."""

    kind: str
    file: str
    text: str
    what: str


Change = Callable[[ast.AST], ast.AST | None]


def drop_call(node: ast.AST) -> ast.AST | None:
    """``f(x, ...)`` becomes ``x``; ``x.f(...)`` becomes ``x``."""
    match node:
        case ast.Call(ast.Attribute(ast.Name("self" | "torch" | "F" | "nn")), [first, *_]):
            return first
        case ast.Call(ast.Attribute(ast.Attribute(ast.Name("self")), _), [first, *_]):
            return first
        case ast.Call(ast.Attribute(ast.Name() | ast.Call() as receiver, _)):
            return receiver
        case ast.Call(ast.Subscript() | ast.Name(), [first, *_]):
            return first
    return None


def swap_operands(node: ast.AST) -> ast.AST | None:
    """The first two arguments, or the operands, change places."""
    match node:
        case ast.BinOp(left, operator, right):
            return ast.BinOp(right, operator, left)
        case ast.Call(function, [one, two, *rest], keywords):
            return ast.Call(function, [two, one, *rest], keywords)
    return None


def drop_operand(node: ast.AST) -> ast.AST | None:
    """``a + b`` becomes ``a``."""
    return node.left if isinstance(node, ast.BinOp) else None


def other_operator(node: ast.AST) -> ast.AST | None:
    """``+`` and ``-``, ``*`` and ``/`` change places."""
    others = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
    if isinstance(node, ast.BinOp) and type(node.op) in others:
        return ast.BinOp(node.left, others[type(node.op)](), node.right)
    return None


def change_constant(node: ast.AST) -> ast.AST | None:
    """A float by one per cent, an integer by one, a boolean to the other."""
    match node:
        case ast.Constant(bool() as value):
            return ast.Constant(not value)
        case ast.Constant(int() as value):
            return ast.Constant(value + 1)
        case ast.Constant(float() as value):
            return ast.Constant(value * 1.01 if value else 0.01)
    return None


def other_axis(node: ast.AST) -> ast.AST | None:
    """``dim=-1`` becomes ``dim=-2``, and every other axis 0 (or 1)."""
    match node:
        case ast.keyword("dim" | "axis" as name, ast.UnaryOp(ast.USub(), ast.Constant(1))):
            return ast.keyword(name, ast.UnaryOp(ast.USub(), ast.Constant(2)))
        case ast.keyword("dim" | "axis" as name, ast.Constant(int() as value)):
            return ast.keyword(name, ast.Constant(0 if value else 1))
    return None


def other_function(node: ast.AST) -> ast.AST | None:
    """Another activation, pool or comparison."""
    if isinstance(node, ast.Attribute) and node.attr in OTHER:
        return ast.Attribute(node.value, OTHER[node.attr], node.ctx)
    return None


def cast(node: ast.AST) -> ast.AST | None:
    """The result of a call goes through bfloat16."""
    match node:
        case ast.Call(ast.Attribute(_, "append" | "__init__" | "register_buffer")):
            return None
        case ast.Call():
            text = f"({ast.unparse(node)}).to(torch.bfloat16).to(torch.float32)"
            return ast.parse(text, mode="eval").body
    return None


def transpose_weight(node: ast.AST) -> ast.AST | None:
    """A parameter is used transposed."""
    match node:
        case ast.Attribute(ast.Name("self"), name, ast.Load()) if "weight" in name:
            return ast.parse(f"self.{name}.transpose(-1, -2)", mode="eval").body
    return None


def freeze_output(node: ast.AST) -> ast.AST | None:
    """A result that no longer depends on the input's scale."""
    match node:
        case ast.Return(ast.Name() | ast.Call() as value):
            return ast.parse(f"return torch.ones_like({ast.unparse(value)})").body[0]
    return None


def drop_statement(node: ast.AST) -> ast.AST | None:
    """An assignment ``x = f(x)`` is left out."""
    match node:
        case ast.Assign([ast.Name(target)], value):
            used = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
            return ast.Pass() if target in used else None
        case ast.AugAssign():
            return ast.Pass()
    return None


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        drop_call, swap_operands, drop_operand, other_operator, change_constant, other_axis,
        other_function, cast, transpose_weight, freeze_output, drop_statement,
    )
}  # fmt: skip


def source_mutants(path: Path, name: str) -> Iterator[Callable[[], Mutant]]:
    """Every change at every place in the methods of the classes of a file; made when called."""
    tree = ast.parse(path.read_text())
    inside = {part for method in _methods(tree) for part in ast.walk(method)}
    for index, node in enumerate(ast.walk(tree)):
        for kind, change in CHANGES.items():
            if node in inside and change(node) is not None:
                yield functools.partial(_made, tree, name, index, kind)


def _made(tree: ast.Module, name: str, index: int, kind: str) -> Mutant:
    mutated = copy.deepcopy(tree)
    node = list(ast.walk(mutated))[index]
    what = " ".join(ast.unparse(node).split())[:80]
    new = CHANGES[kind](node)
    assert new is not None
    _replace(mutated, node, new)
    return Mutant(kind, name, ast.unparse(ast.fix_missing_locations(mutated)), what)


def _methods(tree: ast.Module) -> list[ast.FunctionDef]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [part for one in classes for part in one.body if isinstance(part, ast.FunctionDef)]


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


def map_mutants(path: Path) -> Iterator[Callable[[], Mutant]]:
    """Neighbouring targets of the weight map change places."""
    content = json.loads(path.read_text()) if path.is_file() else {}
    names = list(content)
    for one, two in itertools.pairwise(names):
        swapped = {**content, one: content[two], two: content[one]}
        mutant = Mutant("swap_weights", path.name, json.dumps(swapped), f"{one} <-> {two}")
        yield lambda mutant=mutant: mutant


def mutants(step: Path) -> Iterator[Callable[[], Mutant]]:
    """All mutants of a step, each made when called."""
    yield from source_mutants(step / "refactored.py", "refactored.py")
    for child in sorted((step / "children").glob("*.py")):
        yield from source_mutants(child, f"children/{child.name}")
    yield from map_mutants(step / "weight_map.json")
