"""The four levels, and how the header of a file says to which of them it belongs."""

from __future__ import annotations

import re

LEVELS = ("kernel", "fusion", "layer", "model")
HEADER = re.compile(r"^[ \t]*Abstraction Level:(.*)$", re.MULTILINE)
NUMBER = re.compile(r"\W*(?:level[ \t]*|l)?([0-3])\b")
WORD = re.compile(rf"\b({'|'.join(LEVELS)})s?\b")


def declared_level(docstring: str) -> str | None:
    """The level in a component's header, or None where there is no header.

    It stands there as a word, as a number or as both: ``kernel``, ``L0``, ``0 (kernel)``. What is
    neither, or a number beside another word, comes back as it is written, and is no level.
    """
    if not (match := HEADER.search(docstring)):
        return None
    line = match[1].strip().lower()
    number, word = NUMBER.match(line), WORD.search(line)
    found = {LEVELS[int(number[1])]} if number else set()
    found |= {word[1]} if word else set()
    return found.pop() if len(found) == 1 else line[:40] or "nothing"


def level_by_count(count: int) -> str:
    """The level that a number of operations suggests, for files without a header."""
    return "kernel" if count <= 1 else "fusion" if count <= 5 else "layer"
