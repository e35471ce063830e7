"""decomposition_analysis.md: the page that a person reads who does not know the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .checklist import checklist
from .findings import findings, listed
from .hierarchy import hierarchy
from .outline import outline
from .tree import LEVELS, Result, calls, tensors

PLACES = 6
LONGEST = 40  # lines of a forward of which everything is told, not only the calls
PLAIN = re.compile(r"return [\w, ()]*$")
CALLED = re.compile(r"\bself\.(\w+)(?:\[\d+\])?(?:\(|:$)")  # also `for block in self.blocks:`
RULE = {
    "kernel": "At most one operation is a kernel: nothing to decompose.",
    "fusion": "Two to five operations are a fusion.",
    "layer": "Six to fifteen operations are a layer.",
    "model": "More than fifteen operations, or a loop over layers, are a model.",
}


def analysis(result: Result) -> str:
    """The page, as Markdown."""
    sections = [
        _title,
        _hierarchy,
        _flow,
        _classification,
        _plan,
        _decisions,
        _kernels,
        _account,
        findings,
        checklist,
    ]
    return (
        "\n".join(line for section in sections for line in [*section(result), ""]).rstrip("\n")
        + "\n"
    )


def _title(result: Result) -> Iterator[str]:
    index, root = result.index, result.root
    counts = Counter(row["level"] for row in result.components.values())
    parts = ", ".join(_number(counts[level], level) for level in LEVELS if counts[level])
    yield f"# Decomposition of {index['model']}"
    yield ""
    yield (
        f"`{index['model']}.py` runs {_number(len(root['operations']), 'operation')} in one forward: it is a"
        f" {index['root_level']}. It is taken apart into {parts}, equal ones counted once."
        f" Verification: **{'PASS' if result.passed() else 'FAIL'}**."
    )
    yield ""
    yield f"Captured with torch {index['torch_version']}; sha256 of the model file {index['source_sha256'][:12]}."


def _section(title: str, *text: str) -> Iterator[str]:
    """A heading, and the words under it."""
    yield from (title, "", *text, "")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _hierarchy(result: Result) -> Iterator[str]:
    yield "## Architecture"
    yield ""
    yield from _section("### Module hierarchy", "The author's modules.")
    yield from hierarchy([(path, text) for path, text in result.root["account"]["modules"]])


def _flow(result: Result) -> Iterator[str]:
    yield from _section(
        "### Data flow (with shapes)",
        "One forward as the refactored code has it: calls (→) with their shapes, and the plumbing and arithmetic",
        "between them (·). What happens in a layer is told once.",
    )
    yield "```"
    for item in result.root["inputs"]:
        shapes = ", ".join(_type(tensor) for tensor in tensors(item)) or item["code"]
        yield f"Input {item['name']}: {shapes}"
    yield from _calls(result, result.root["name"], "  ", set())
    for number, item in enumerate(result.root["outputs"]):
        yield f"Output{f' {number}' if len(result.root['outputs']) > 1 else ''}: {_type(item)}"
    yield "```"


def _calls(result: Result, name: str, indent: str, told: set[str]) -> Iterator[str]:
    """The refactored forward line by line: calls with what goes in and comes out, and what lies between them."""
    children = {child["attribute"]: child for child in calls(result.entries[name])}
    lines = result.entries[name]["step"]["forward"] if children else []
    seen: set[str] = set()
    for line in lines:
        found = CALLED.search(line)
        if found and found[1] in children:
            child = children[found[1]]
            if found[1] not in seen:
                yield from _call(result, child, indent, told)
            seen.add(found[1])
        elif len(lines) <= LONGEST and not line.startswith(("for", " ")) and not PLAIN.match(line):
            yield f"{indent}· {line.partition('  #')[0]}"


def _call(result: Result, child: dict[str, Any], indent: str, told: set[str]) -> Iterator[str]:
    entry = result.entries[child["name"]]
    times = f" ({child['count']} times)" if child["count"] > 1 else ""
    given = ", ".join(_type(tensor) for item in entry["inputs"] for tensor in tensors(item))
    made = ", ".join(map(_type, entry["outputs"])) or "nothing"
    again = "  as above" if child["name"] in told and entry["level"] == "layer" else ""
    yield f"{indent}→ {child['attribute']}{times}: {given or 'nothing'} → {made}{again}"
    if entry["level"] == "layer" and not again:
        told.add(child["name"])
        yield from _calls(result, child["name"], indent + "    ", told)


def _type(item: dict[str, Any]) -> str:
    dtype = "" if item["dtype"] == "float32" else f" ({item['dtype']})"
    return f"[{', '.join(map(str, item['shape']))}]{dtype}"


def _classification(result: Result) -> Iterator[str]:
    root = result.root
    count = len(root["operations"])
    yield "## Levels"
    yield ""
    yield (
        f"`forward` runs {_number(count, 'operation')}, plumbing (views, slices, `cat`) and bare arithmetic"
        f" (`+ - * /` among activations) not counted. {RULE[root['level']]}"
    )
    yield ""
    yield "| level | components | calls in one forward |"
    yield "|---|---:|---:|"
    for level in LEVELS:
        rows = [row for row in result.components.values() if row["level"] == level]
        yield f"| {level} | {len(rows)} | {sum(row['instances'] for row in rows)} |"
    lone = [c["name"] for c in calls(root) if result.entries[c["name"]]["level"] == "kernel"]
    if lone and root["level"] == "model":
        yield ""
        yield "Kernels that stand under the model itself, where the specification has layers:"
        yield ""
        for name in dict.fromkeys(lone):
            yield f"- `{name}`: {result.entries[name]['reason']}"


def _plan(result: Result) -> Iterator[str]:
    yield from _section(
        "### The plan",
        "`attribute: component`, each with its level and what is in it; equal parts are one component.",
    )
    yield "```"
    yield from outline(result.entries, result.index["root"])
    yield "```"


def _decisions(result: Result) -> Iterator[str]:
    yield from _section("## Decisions", "Why each border stands where it stands.")
    yield "| component | level | operations | why it is one part |"
    yield "|---|---|---|---|"
    for name, entry in result.entries.items():
        if entry["level"] != "kernel":
            operations = ", ".join(entry["operations"][:8])
            more = ", ..." if len(entry["operations"]) > 8 else ""
            yield f"| `{name}` | {entry['level']} | {operations}{more} | {entry['reason']} |"


def _kernels(result: Result) -> Iterator[str]:
    yield "## Kernels and where they are called"
    yield ""
    yield "| kernel | calls in one forward | called by | in the author's modules |"
    yield "|---|---:|---|---|"
    callers: dict[str, dict[str, None]] = {name: {} for name in result.entries}
    for parent in result.entries.values():
        for child in calls(parent):
            callers[child["name"]][f"{parent['name']}.{child['attribute']}"] = None
    for name, entry in result.entries.items():
        if entry["level"] == "kernel":
            by = _some([f"`{caller}`" for caller in callers[name]])
            places = _some([place for place in entry["places"] if place])
            yield f"| `{name}` | {entry['instances']} | {by} | {places} |"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - PLACES} more" if len(names) > PLACES else ""
    return ", ".join(names[:PLACES]) + more


def _account(result: Result) -> Iterator[str]:
    account = result.root["account"]
    yield "## Operations that no component holds"
    yield ""
    yield from listed(
        "Dead: reached no output in the run",
        account["dead"],
        lambda d: f"`{d['operation']}` at {d['source']}",
    )
    yield from listed(
        "Specialised: a Python value taken from a tensor, fixed in the graph",
        account["specialised"],
        lambda s: f"`{s['operation']}` gave {s['value']} at {s['source']}",
    )
