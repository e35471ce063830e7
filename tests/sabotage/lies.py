"""The form of a case: one replacement in one file of an honest step, and the reason to report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Judge = Callable[..., dict[str, Any]]


class Lie(NamedTuple):
    """``old`` becomes ``new`` in ``file`` of ``step``; the verdict must fail and say ``reason``."""

    name: str
    step: str
    file: str
    old: str
    new: str
    reason: str


REFACTORED = "refactored.py"


def falsify(folder: Path, file: str, old: str, new: str) -> None:
    """Plant one lie; a lie that changes nothing is an error of the test."""
    path = folder / file
    text = path.read_text()
    assert old in text, f"{file} does not contain {old!r}"
    changed = text.replace(old, new)
    assert changed != text
    path.write_text(changed)
