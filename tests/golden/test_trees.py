"""The plans of the bundled models as lists. To accept a change: PLUMBLINE_GOLDEN=write, then read the diff."""

from __future__ import annotations

import os
import re
from pathlib import Path

from plumbline.decomposer.outline import outline
from tests.bundled import MODELS, entries_of, every

HERE = Path(__file__).parent
LEVELS = MODELS.parent / "docs" / "levels.md"


def tree_of(name: str) -> str:
    entries = entries_of(name)
    reasons = [f"{n}: {e['reason']}" for n, e in entries.items() if e["level"] == "layer"]
    return "\n".join([*outline(entries, next(iter(entries))), "", *reasons]) + "\n"


@every
def test_trees_are_as_they_were(name: str) -> None:
    path = HERE / "trees" / f"{name}.txt"
    text = tree_of(name)
    if os.environ.get("PLUMBLINE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_trees_in_the_documentation_are_the_real_ones() -> None:
    shown = re.findall(r"```\n(\w+) .*?```", LEVELS.read_text(encoding="utf-8"), re.DOTALL)
    blocks = re.findall(r"```\n(.*?)```", LEVELS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(shown) == 5
    for name, block in zip(shown, blocks, strict=True):
        tree = (HERE / "trees" / f"{name}.txt").read_text(encoding="utf-8")
        assert block.strip() == tree.partition("\n\n")[0].strip(), name
