"""The plan as an indented list: every component once, where it is first called, with its calls in one forward.

gpt2                                              model   137 operations
  blocks: transformer_block x12                   layer   11 operations
    layer_norm_linear: layer_norm_linear_768x2304  fusion  layer_norm linear
    c_proj: linear_768x768                        kernel
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .tree import calls

Row = tuple[str, str, str]


def outline(entries: dict[str, dict[str, Any]], root: str) -> list[str]:
    """Lines of text from the entries of a plan. Kernels of a fusion are told in its own line."""
    entry = entries[root]
    rows = [(root, entry["level"], f"{len(entry['operations'])} operations")]
    rows += _below(entries, root, "  ", {root})
    width = max(len(label) for label, _, _ in rows)
    return [f"{label:{width}}  {level:6}  {content}".rstrip() for label, level, content in rows]


def _below(
    entries: dict[str, dict[str, Any]], name: str, indent: str, told: set[str]
) -> Iterator[Row]:
    for child in calls(entries[name]):
        entry = entries[child["name"]]
        times = f" x{child['count']}" if child["count"] > 1 else ""
        again = child["name"] in told and entry["level"] != "kernel"
        told.add(child["name"])
        content = "as above" if again else _content(entry)
        yield f"{indent}{child['attribute']}: {child['name']}{times}", entry["level"], content
        if entry["level"] == "layer" and not again:
            yield from _below(entries, child["name"], indent + "  ", told)


def _content(entry: dict[str, Any]) -> str:
    """What a fusion is made of; how much a layer holds. A kernel's name says it."""
    match entry["level"]:
        case "fusion":
            return " ".join(entry["operations"])
        case "layer":
            return f"{len(entry['operations'])} operations"
    return ""
