"""What the local names of a refactored ``forward`` stand for, wherever control may have come from."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Sequence

from .astools import Refused

SIZE, VALUE, CHILD = "size", "value", "child"
Known = tuple[dict[str, str], set[str], set[str]]
PATIENCE = 20.0  # seconds for one function; a thousand branches take two


class Scope:
    """``names`` says of each local name: a size, a value or a child."""

    def __init__(self, constants: set[str], reserved: set[str]) -> None:
        self.reserved = reserved
        self.deadline = time.monotonic() + PATIENCE
        self.names: dict[str, str] = dict.fromkeys(constants, SIZE)
        self.lists: set[str] = set()  # names of lists that this forward makes
        self.dicts: set[str] = set()  # and of dicts

    def bind(self, node: ast.AST, name: str, kind: str, made: str = "") -> None:
        """A name gets a meaning; ``made`` says that it is a list or a dict made here."""
        if name == "self" or name in self.reserved:
            raise Refused(node, "rebinding", f"forward hides the name {name}")
        self.names[name] = kind
        for kept, word in ((self.lists, "list"), (self.dicts, "dict")):
            (kept.add if made == word else kept.discard)(name)

    def known(self) -> Known:
        """A copy of all that is known of the names."""
        return dict(self.names), set(self.lists), set(self.dicts)

    def either(self, ways: Sequence[Callable[[], None]]) -> None:
        """Control takes one of these ways: only what all of them agree on is known after them."""
        if time.monotonic() > self.deadline:
            raise Refused(ast.Pass(), "size", "has too many branches and names to be judged")
        before, ends = self.known(), []
        for way in ways:
            self.names, self.lists, self.dicts = dict(before[0]), set(before[1]), set(before[2])
            way()
            ends.append(self.known())
        self.names = {}
        for names, _, _ in ends:
            for name, kind in names.items():
                self.names[name] = kind if self.names.get(name, kind) == kind else VALUE
        self.lists = set.intersection(*(lists for _, lists, _ in ends))
        self.dicts = set.intersection(*(dicts for _, _, dicts in ends))
