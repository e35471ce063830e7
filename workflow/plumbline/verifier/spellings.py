"""Other spellings of the same, rewritten before a file is checked: the grammars need not know them.

    WIDTH: int = 8                         WIDTH = 8
    @torch.no_grad()                       def forward(self, x):
    def forward(self, x):                      with torch.no_grad():
        return F.relu(x)                           return F.relu(x)
    self.fc.weight.data.normal_()          self.fc.weight.detach().normal_()    (in __init__)
    from torch import nn, Tensor           from torch import nn; from torch import Tensor
    @staticmethod                          def split(self, x):    (in a refactored model)
    def split(x):
    if x.dim() != 2: raise ValueError()    assert not x.dim() != 2
    CONFIG["width"], Config.width          8    (where CONFIG or Config is made of literals, bound once)

What comes out is what is checked and what runs, so nothing is legal here that is not legal there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from .astools import Refused, check_annotation
from .tables import read_tables
from .vocabulary import BUILTINS


def plain_component(tree: ast.Module, contexts: Collection[str]) -> ast.Module:
    """A component file in the spelling that its grammar knows."""
    plain_file(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            enter_contexts(node, contexts)
            if node.name == "__init__":
                detach_data(node)
    return ast.fix_missing_locations(tree)


def plain_refactored(tree: ast.Module) -> ast.Module:
    """A refactored file in the spelling that its grammar knows."""
    plain_file(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            unannotate(node)
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                unbound_method(part)
    return ast.fix_missing_locations(tree)


def plain_file(tree: ast.Module) -> None:
    """What both kinds of files may write otherwise: imports, annotations, constants, guards."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            unannotate(node)
    tree.body[:] = [one for node in tree.body for one in single_imports(node)]
    read_tables(tree)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and node is not tree:
            body[:] = [as_assertion(part) for part in body]


def single_imports(node: ast.stmt) -> Iterator[ast.stmt]:
    """One name an import; of ``try: from a import ... except ImportError: from children.a ...`` the first."""
    match node:
        case ast.Import(names) if len(names) > 1:
            for alias in names:
                yield ast.copy_location(ast.Import([alias]), node)
        case ast.ImportFrom(module, names, level) if len(names) > 1:
            for alias in names:
                yield ast.copy_location(ast.ImportFrom(module, [alias], level), node)
        case ast.Try(body, [ast.ExceptHandler(ast.Name("ImportError" | "ModuleNotFoundError"), None, other)],
                     [], []) if imported(body) and imported(body) == imported(other):  # fmt: skip
            for part in body:
                yield from single_imports(part)
        case _:
            yield node


def imported(body: list[ast.stmt]) -> list[str]:
    """Imports of children, by either of their two names; nothing where there is anything else."""
    texts = []
    for node in body:
        if not (isinstance(node, ast.ImportFrom) and node.module and not node.level):
            return []
        node = ast.ImportFrom(node.module.removeprefix("children."), node.names, 0)
        texts.append(ast.unparse(node))
    return texts


def as_assertion(node: ast.AST) -> ast.AST:
    """A guard that does nothing but raise."""
    match node:
        case ast.If(
            test, [ast.Raise(ast.Call(ast.Name(name), [] | [_] as words, []), None)], []
        ) if name in BUILTINS and name.endswith("Error"):
            denied = ast.UnaryOp(ast.Not(), test)
            return ast.copy_location(ast.Assert(denied, words[0] if words else None), node)
    return node


def unannotate(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
    """Constants and members without their annotations, which Python would evaluate."""
    for place, part in enumerate(node.body):
        match part:
            case ast.AnnAssign(
                ast.Name() | ast.Attribute() as target, annotation, ast.expr() as value
            ) if is_plain(annotation):
                node.body[place] = ast.copy_location(ast.Assign([target], value), part)


def unbound_method(node: ast.stmt) -> None:
    """A static method as one that takes self and leaves it alone."""
    match node:
        case ast.FunctionDef(decorator_list=[ast.Name("staticmethod")], args=arguments):
            arguments.args.insert(0, ast.copy_location(ast.arg("self"), node))
            node.decorator_list.clear()


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
