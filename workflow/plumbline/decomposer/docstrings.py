"""The docstrings of a component: SPEC.md's header of the file, and what the class says of itself."""

from __future__ import annotations

from typing import Any

LINE = 100
Entry = dict[str, Any]


def header(entry: Entry, own: str = "") -> str:
    """SPEC.md's docstring: level, parent, children, operations, shapes. `own`: the author's docstring, kept below."""
    step = entry["step"]
    children = (
        [child["name"] for child in step["children"]] if step and entry["level"] != "kernel" else []
    )
    lines = [
        f"Component: {entry['name']}",
        f"Abstraction Level: {entry['level']}",
        f"Parent: {', '.join(entry['parents'])}",
        f"Children: {_list(list(dict.fromkeys(children)))}",
        "",
        f"Operations: {_list(entry['operations'])}",
        "",
        "Input Shapes:",
        *(line for item in entry["inputs"] for line in _input_lines(item)),
        "",
        "Output Shapes:",
        *(f"  - {name}: {_shape(item)}" for name, item in _named_outputs(entry)),
        "",
        "Weight Shapes:",
        *([f"  - {item['name']}: {_shape(item)}" for item in entry["weights"]] or ["  (none)"]),
    ]
    return doc(*lines, *(["", own.strip()] if own else []))


def doc(*lines: str) -> str:
    """A docstring; quotes and backslashes in it end nothing."""
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""\n{text}\n"""\n'


def _input_lines(item: dict[str, Any]) -> list[str]:
    if item["shape"] is not None:
        return [f"  - {item['name']}: {_shape(item)}"]
    inner = [_shape(tensor) for tensor in item["tensors"]]
    return [f"  - {item['name']}: {item['code'] if not inner else ', '.join(inner)}"]


def _named_outputs(entry: Entry) -> list[tuple[str, dict[str, Any]]]:
    outputs = entry["outputs"]
    return [
        ("output" if len(outputs) == 1 else f"output_{i}", item) for i, item in enumerate(outputs)
    ]


def _shape(item: dict[str, Any]) -> str:
    return f"({', '.join(map(str, item['shape']))}) dtype={item['dtype']}"


def _list(words: list[str]) -> str:
    """A list for a docstring: counted, and broken so that no line gets long."""
    counted: list[list[Any]] = []
    for item in words:
        if counted and counted[-1][0] == item:
            counted[-1][1] += 1
        else:
            counted.append([item, 1])
    parts = [name if count == 1 else f"{name} x{count}" for name, count in counted]
    lines, line = [], ""
    for part in parts:
        if line and len(line) + len(part) > LINE - 14:
            lines.append(line.rstrip())
            line = ""
        line += part + ", "
    return "\n    ".join([*lines, line.rstrip(", ")]) or "none"


def describe(entry: Entry) -> list[str]:
    """Lines for the class: why it is one part, and where in the model it stands."""
    first = (
        f"{entry['reason'][:1].upper()}{entry['reason'][1:]}." if entry["reason"] else entry["name"]
    )
    places = [place for place in entry["places"] if place]
    where = f"Extracted from: {', '.join(places[:3])}{' and others' if len(places) > 3 else ''}"
    return [first, "", where] if places else [first]
