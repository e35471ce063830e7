"""Tables of constants at module level: what is looked up in them, as what it is.

    CONFIG = {"width": 8}                  nn.Linear(CONFIG["width"], Sizes.out)
    class Sizes:                           nn.Linear(8, 4)
        out = 4

A dict or a class could keep something from one call to the next. A table that is only looked up is gone
after this, and the grammars refuse what is left of any other.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter

from .constants import is_literal

Pair = tuple[object, ast.expr]
Table = dict[object, ast.expr]  # by key, or by attribute as ``(attribute,)``


def read_tables(tree: ast.Module) -> None:
    """Replace what is looked up in a table that is bound once, and drop the tables that nobody uses then."""
    names = Counter(name for node in ast.walk(tree) for name in names_bound(node))
    found = [pair for node in tree.body for pair in table_of(node)]
    tables = {name: table for name, table in found if names[name] == 1}
    if not tables:
        return
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if isinstance(value, list):
                value[:] = [looked_up(p, tables) if isinstance(p, ast.AST) else p for p in value]
            elif isinstance(value, ast.expr):
                setattr(parent, field, looked_up(value, tables))
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    idle = tables.keys() - {node.id for node in used}
    tree.body[:] = [n for n in tree.body if not idle.intersection(name for name, _ in table_of(n))]


def table_of(node: ast.stmt) -> list[tuple[str, Table]]:
    """The name of a table and what is in it: a dict of literals, or a class that holds nothing else."""
    match node:
        case ast.Assign([ast.Name(name)], ast.Dict(keys, values)):
            pairs: list[Pair] = [(key.value, value) for key, value in zip(keys, values, strict=True)
                     if isinstance(key, ast.Constant)]  # fmt: skip
            whole = len(pairs) == len(keys)
        case ast.ClassDef(name, [], [], body, []):
            parts = body[1:] if isinstance(body[0], ast.Expr) and ast.get_docstring(node) else body
            pairs = [pair for part in parts for pair in field_of(part)]
            whole = len(pairs) == len(parts)
        case _:
            return []
    literal = pairs and whole and all(is_literal(value) for _, value in pairs)
    return [(name, dict(pairs))] if literal else []


def field_of(node: ast.stmt) -> list[Pair]:
    """The constant that a line of a class binds, as the only one."""
    match node:
        case ast.Assign([ast.Name(name)], value):
            return [((name,), value)]
    return []


def looked_up(node: ast.AST, tables: dict[str, Table]) -> ast.AST:
    """The constant that an expression looks up, else the expression."""
    match node:
        case ast.Subscript(ast.Name(name), ast.Constant(key), ast.Load()):
            found = tables.get(name, {}).get(key)
        case ast.Attribute(ast.Name(name), attribute, ast.Load()):
            found = tables.get(name, {}).get((attribute,))
        case _:
            found = None
    return ast.copy_location(copy.deepcopy(found), node) if found else node


def names_bound(node: ast.AST) -> list[str]:
    """Names that one node binds."""
    match node:
        case ast.Name(name, ast.Store() | ast.Del()):
            return [name]
        case ast.arg(name) | ast.FunctionDef(name) | ast.ClassDef(name):
            return [name]
        case ast.alias(name, asname):
            return [(asname or name).split(".")[0]]
    return []
