"""The plan as an indented list: every component once, where it is first called, with its calls in one forward.

gpt2                                    model    137 operations
  wte_wpe_dropout_50257x768             layer    embedding, arange, embedding, dropout
  blocks: transformer_block x12         layer
    ln_1_attn_c_attn: ...               fusion   layer_norm, linear
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .tree import calls

WIDTH = 64  # columns of the first part; longer names push the rest to the right


def outline(entries: dict[str, dict[str, Any]], root: str) -> list[str]:
    """Lines of text from the entries of a plan. Kernels of a fusion are told in its own line."""
    entry = entries[root]
    first = f"{root:{WIDTH}} {entry['level']:7} {len(entry['operations'])} operations"
    return [first.rstrip(), *_below(entries, root, "  ", {root})]


def _below(
    entries: dict[str, dict[str, Any]], name: str, indent: str, told: set[str]
) -> Iterator[str]:
    for child in calls(entries[name]):
        entry = entries[child["name"]]
        times = f" x{child['count']}" if child["count"] > 1 else ""
        label = f"{indent}{child['attribute']}: {child['name']}{times}"
        again = child["name"] in told and entry["level"] != "kernel"
        told.add(child["name"])
        content = "as above" if again else _content(entry)
        yield f"{label:{WIDTH}} {entry['level']:7} {content}".rstrip()
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
