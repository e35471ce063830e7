"""The module hierarchy as an indented list, equal siblings told once.

- self.blocks: ModuleList
  - 0 ... 11: TransformerBlock (12 equal)
    - self.ln_1: nn.LayerNorm(768)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

LINES = 400


@dataclass
class _Module:
    name: str
    text: str
    children: dict[str, _Module] = field(default_factory=dict)

    def content(self) -> tuple[object, ...]:
        """Its class with all below, without its own name: equal for equal siblings."""
        return (self.text, tuple((name, child.content()) for name, child in self.children.items()))


def hierarchy(modules: list[tuple[str, str]]) -> list[str]:
    """Lines of Markdown from (dotted name, class or construction) of every module; the root's name is empty."""
    root = _Module("Model", "")
    for path, text in modules:
        if not path:
            root.text = text
            continue
        node = root
        for part in path.split("."):
            node = node.children.setdefault(part, _Module(part, "module"))
        node.text = text
    lines = [f"- {root.text or 'Model'}", *_below(root, "  ")]
    return (
        lines
        if len(lines) <= LINES
        else [*lines[:LINES], f"- ... and {len(lines) - LINES} more lines"]
    )


def _below(module: _Module, indent: str) -> Iterator[str]:
    children = list(module.children.values())
    start = 0
    while start < len(children):
        stop = start + 1
        while stop < len(children) and children[stop].content() == children[start].content():
            stop += 1
        first, last = children[start], children[stop - 1]
        own = "" if first.name.isdigit() else "self."
        label = own + first.name if stop == start + 1 else f"{own}{first.name} ... {own}{last.name}"
        count = f" ({stop - start} equal)" if stop > start + 1 else ""
        yield f"{indent}- {label}: {first.text}{count}"
        yield from _below(first, indent + "  ")
        start = stop
