"""The grammar of a refactored ``forward``: which statements may stand there."""

from __future__ import annotations

import ast

from .astools import Refused, bound_names, is_docstring, shown
from .grammar_values import ValueGrammar
from .scope import SIZE, VALUE

DEEPEST = 4  # loops in loops


class ForwardGrammar(ValueGrammar):
    """Walks one forward, in the order in which it runs."""

    depth = 0

    def signature(self, name: str, node: ast.FunctionDef) -> None:
        """Bind the inputs; the body must return something."""
        for one in self.parameters[name]:
            self.bind(node, one, VALUE if (name, one) in self.valued else SIZE)
        if not any(isinstance(part, ast.Return | ast.Yield) for part in ast.walk(node)):
            raise Refused(node, "forward", f"{node.name} returns nothing")

    def statement(self, node: ast.stmt) -> None:
        """One statement of forward."""
        match node:
            case ast.Assign([ast.Subscript(ast.Name(name), ast.Constant(str()))], value) if (
                name in self.dicts
            ):
                self.value(value)
            case ast.Assign([ast.Subscript(ast.Name(name), place)], value) if name in self.lists:
                self.index(place)
                self.names[name] = self.holding(name, [value])
            case ast.Assign([ast.Tuple() as target], ast.GeneratorExp() as value):
                kind = self.comprehended(value)
                for name in bound_names(target):
                    self.bind(target, name, kind)
            case ast.Assign(targets, value):
                kind = self.value(value)
                for target in targets:
                    made = made_here(value) if isinstance(target, ast.Name) else ""
                    for name in bound_names(target, starred=True):
                        self.bind(target, name, kind, made)
            case ast.AugAssign(ast.Name(name), ast.Add(), value) if name in self.lists:
                self.names[name] = self.holding(name, [value])
            case ast.AugAssign(
                ast.Name(name), (ast.Add() | ast.Sub() | ast.Mult() | ast.Div()), value
            ) if name in self.names:
                kind = self.strongest([ast.Name(name), value])
                self.bind(node, name, kind)
            case ast.AnnAssign(ast.Name(name), ast.Name() | ast.Attribute(), ast.expr() as value):
                self.bind(node, name, self.value(value))
            case ast.For(target, iterable, body, []):
                self.either([lambda: None, lambda: self.turns(target, iterable, body)])
            case ast.Return(ast.expr() as value):
                self.value(value)
            case ast.Assert(test, message) if self.is_test(test):
                self.strongest([message] if message else [])
            case ast.If(test, body, other) if self.is_test(test):
                self.either([lambda: self.block(body), lambda: self.block(other)])
            case ast.Expr(
                ast.Call(ast.Attribute(ast.Name(name), "append" | "extend" | "insert"), values, [])
            ) if name in self.lists:
                self.names[name] = self.holding(name, values)
            case ast.Expr(ast.Call() as call) if self.is_child_call(call.func):
                self.value(call)
            case ast.Delete(targets) if all(isinstance(target, ast.Name) for target in targets):
                for target in targets:
                    self.value(target)
            case ast.Pass():
                return
            case _ if is_docstring(node):
                return
            case _:
                raise Refused(node, "forward", f"{shown(node)} may not stand in forward")

    def block(self, body: list[ast.stmt]) -> None:
        for part in body:
            self.statement(part)

    def turns(self, target: ast.expr, iterable: ast.expr, body: list[ast.stmt]) -> None:
        """A loop's first turn, and another with what the names stand for after it."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(target, "forward", f"more than {DEEPEST} loops inside one another")
        for _ in range(2):
            self.loop(target, iterable)
            self.block(body)
        self.depth -= 1


def made_here(value: ast.expr) -> str:
    """Whether an expression makes a list or a dict that nobody else has yet."""
    match value:
        case ast.List() | ast.ListComp() | ast.Call(ast.Name("list")):
            return "list"
        case ast.BinOp(ast.List(), ast.Mult(), _):  # [None] * 3
            return "list"
        case ast.Dict() | ast.Call(ast.Name("dict")):
            return "dict"
    return ""
