"""Other spellings of the same, rewritten before a file is checked: the grammars need not know them.

    WIDTH: int = 8                         WIDTH = 8
    @torch.no_grad()                       def forward(self, x):
    def forward(self, x):                      with torch.no_grad():
        return F.relu(x)                           return F.relu(x)
    self.fc.weight.data.normal_()          self.fc.weight.detach().normal_()    (in __init__)

What comes out is what is checked and what runs, so nothing is legal here that is not legal there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from .astools import Refused, check_annotation


def plain_component(tree: ast.Module, contexts: Collection[str]) -> ast.Module:
    """A component file in the spelling that its grammar knows."""
    unannotate(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            unannotate(node)
        if isinstance(node, ast.FunctionDef):
            enter_contexts(node, contexts)
            if node.name == "__init__":
                detach_data(node)
    return ast.fix_missing_locations(tree)


def plain_refactored(tree: ast.Module) -> ast.Module:
    """A refactored file in the spelling that its grammar knows."""
    unannotate(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            unannotate(node)
    return tree


def unannotate(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
    """Constants and members without their annotations, which Python would evaluate."""
    for place, part in enumerate(node.body):
        match part:
            case ast.AnnAssign(
                ast.Name() | ast.Attribute() as target, annotation, ast.expr() as value
            ) if is_plain(annotation):
                node.body[place] = ast.copy_location(ast.Assign([target], value), part)


def is_plain(annotation: ast.expr) -> bool:
    """Whether an annotation does nothing where somebody else runs the file."""
    try:
        check_annotation(annotation)
    except Refused:
        return False
    return True


def enter_contexts(node: ast.FunctionDef, contexts: Collection[str]) -> None:
    """A context that decorates a function stands around its body."""
    while node.decorator_list and ast.unparse(node.decorator_list[-1]) in contexts:
        item = ast.withitem(node.decorator_list.pop())
        node.body = [ast.copy_location(ast.With([item], node.body), node)]


def detach_data(function: ast.FunctionDef) -> None:
    """The memory of a parameter, by the name that does not reach its history."""
    for parent in ast.walk(function):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list):
                value[:] = [detached(part) for part in value]
            elif isinstance(value, ast.Attribute):
                setattr(parent, name, detached(value))


def detached(node: object) -> object:
    """``x.data`` as ``x.detach()``, but for a member of self."""
    match node:
        case ast.Attribute(ast.Name("self"), "data"):
            return node
        case ast.Attribute(value, "data", ast.Load()):
            inner = ast.copy_location(ast.Attribute(value, "detach", ast.Load()), node)
            return ast.copy_location(ast.Call(inner, [], []), node)
    return node
