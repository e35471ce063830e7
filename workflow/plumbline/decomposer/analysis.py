"""decomposition_analysis.md: the page that a person reads who does not know the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .hierarchy import hierarchy
from .tree import LEVELS, Result, read_json, tensors

PLACES = 6


def analysis(result: Result) -> str:
    """The page, as Markdown."""
    sections = [
        _title,
        _hierarchy,
        _flow,
        _classification,
        _decisions,
        _kernels,
        _account,
        _verification,
        _checklist,
    ]
    return (
        "\n".join(line for section in sections for line in [*section(result), ""]).rstrip("\n")
        + "\n"
    )


def _title(result: Result) -> Iterator[str]:
    index, root = result.index, result.root
    yield f"# Decomposition of {index['model']}"
    yield ""
    yield (
        f"A {index['root_level']} of {len(root['operations'])} operations, captured with torch {index['torch_version']}"
        f" from `{index['model']}.py` (sha256 {index['source_sha256'][:12]}). "
        f"Verification: **{'PASS' if result.passed() else 'FAIL'}**."
    )


def _hierarchy(result: Result) -> Iterator[str]:
    yield "## Architecture"
    yield ""
    yield "### Module hierarchy"
    yield ""
    yield from hierarchy([(path, text) for path, text in result.root["account"]["modules"]])


def _flow(result: Result) -> Iterator[str]:
    yield "### Data flow"
    yield ""
    yield "```"
    for item in result.root["inputs"]:
        yield f"Input: {item['name']} {', '.join(_type(tensor) for tensor in tensors(item)) or item['code']}"
    if result.root["step"]:
        yield from _calls(result, result.root["name"], "  ")
    yield f"Output: {', '.join(_type(item) for item in result.root['outputs'])}"
    yield "```"


def _calls(result: Result, name: str, indent: str) -> Iterator[str]:
    """The children of a component in call order, with what goes in and comes out; layers show theirs once."""
    for child in result.entries[name]["step"]["children"]:
        entry = result.entries[child["name"]]
        times = f" (x{child['count']})" if child["count"] > 1 else ""
        inputs = (
            ", ".join(_type(tensor) for item in entry["inputs"] for tensor in tensors(item))
            or "nothing"
        )
        outputs = ", ".join(_type(item) for item in entry["outputs"])
        yield f"{indent}-> {child['attribute']}{times}: {inputs} -> {outputs}"
        if entry["level"] == "layer" and entry["step"]:
            yield from _calls(result, child["name"], indent + "     ")


def _type(item: dict[str, Any]) -> str:
    return f"[{', '.join(map(str, item['shape']))}] {item['dtype']}"


def _classification(result: Result) -> Iterator[str]:
    root = result.root
    yield "## Levels"
    yield ""
    count = len(root["operations"])
    yield f"`forward` runs {count} operations besides plumbing and bare arithmetic: a {root['level']}."
    yield ""
    yield "| level | components | instances |"
    yield "|---|---:|---:|"
    for level in LEVELS:
        rows = [row for row in result.components.values() if row["level"] == level]
        yield f"| {level} | {len(rows)} | {sum(row['instances'] for row in rows)} |"
    lone = [
        child["name"]
        for child in _children(root)
        if result.entries[child["name"]]["level"] == "kernel"
    ]
    if lone and root["level"] == "model":
        yield ""
        yield (
            "Kernels that stand under the model itself, a stated reading of the specification (a lone operation that no"
            " neighbour can take without spoiling the equality of repeated blocks): "
            f"{', '.join(f'`{name}`' for name in lone)}."
        )


def _children(entry: dict[str, Any]) -> list[dict[str, Any]]:
    children: list[dict[str, Any]] = (
        entry["step"]["children"] if entry["step"] and entry["level"] != "kernel" else []
    )
    return children


def _decisions(result: Result) -> Iterator[str]:
    yield "## Decisions"
    yield ""
    yield "| component | level | instances | operations | why it is one part |"
    yield "|---|---|---:|---|---|"
    for name, entry in result.entries.items():
        if entry["level"] != "kernel":
            operations = ", ".join(entry["operations"][:8]) + (
                ", ..." if len(entry["operations"]) > 8 else ""
            )
            yield f"| `{name}` | {entry['level']} | {entry['instances']} | {operations} | {entry['reason']} |"


def _kernels(result: Result) -> Iterator[str]:
    yield "## Kernels and where they are called"
    yield ""
    yield "| kernel | instances | called in |"
    yield "|---|---:|---|"
    for name, entry in result.entries.items():
        if entry["level"] == "kernel":
            places = [place for place in entry["places"] if place]
            more = ", ..." if len(places) > PLACES else ""
            yield f"| `{name}` | {entry['instances']} | {', '.join(places[:PLACES])}{more} |"


def _account(result: Result) -> Iterator[str]:
    account = result.root["account"]
    yield "## Operations that no component holds"
    yield ""
    yield from _list(
        "Dead: reached no output in the run",
        account["dead"],
        lambda d: f"`{d['operation']}` at {d['source']}",
    )
    yield from _list(
        "Specialised: a Python value taken from a tensor, fixed in the graph",
        account["specialised"],
        lambda s: f"`{s['operation']}` gave {s['value']} at {s['source']}",
    )


def _list(title: str, items: list[dict[str, Any]], text: Any) -> Iterator[str]:
    unique = list(dict.fromkeys(text(item) for item in items))
    yield f"- {title}: {len(items) or 'none'}"
    yield from (f"  - {item}" for item in unique[:40])


def _verification(result: Result) -> Iterator[str]:
    yield "## What the verifier found"
    yield ""
    yield "| step | status | bit-exact | trials | values compared | largest difference | unproven children |"
    yield "|---|---|---|---:|---:|---:|---|"
    for step, verdict in result.verdicts.items():
        numbers = verdict.get("numerical_comparison", {})
        unproven = verdict.get("sensitivity", {}).get("insensitive_children", [])
        yield (
            f"| `{step}` | {verdict.get('status', 'NOT_RUN')} | {'yes' if numbers.get('bit_exact') else 'no'} |"
            f" {numbers.get('num_trials', 0)} | {numbers.get('values_compared', 0)} |"
            f" {numbers.get('max_diff_across_trials', '')} | {', '.join(map(str, unproven)) or 'none'} |"
        )


def _checklist(result: Result) -> Iterator[str]:
    """SPEC.md's execution checklist, each line answered by what was checked."""
    verdicts = list(result.verdicts.values())
    sources = sum(v.get("anticheat", {}).get("status") == "PASS" for v in verdicts)
    steps = sum(v.get("status") == "PASS" for v in verdicts)
    selftests = [
        read_json(result.folder / "selftest" / f"{name}.json").get("status")
        for name in result.components
    ]
    composition = read_json(result.folder / "verification" / "composition_result.json").get(
        "status"
    )
    coverage = read_json(result.folder / "verification" / "coverage_summary.json")
    leaves = [e for n, e in result.entries.items() if not _children(e)]
    structure = sum(v.get("structure", {}).get("status") == "PASS" for v in verdicts)
    tests = selftests.count("PASS")
    rows = [
        (
            sources == len(verdicts),
            f"each step has a refactored.py with only child calls: {sources} of {len(verdicts)}",
        ),
        (steps == len(verdicts), f"each step's verify_step.py passes: {steps} of {len(verdicts)}"),
        (
            tests == len(selftests),
            f"all component files execute without error: {tests} of {len(selftests)} self-tests",
        ),
        (composition == "PASS", f"composition_test.py passes: {composition or 'not run'}"),
        (True, f"decomposition_tree.json is complete: {len(result.components)} components"),
        (
            all(e["level"] == "kernel" for e in leaves),
            f"every leaf node is a kernel: {len(leaves)} leaves",
        ),
        (
            structure == len(verdicts),
            f"the level hierarchy is respected: structure check of {structure} of {len(verdicts)}",
        ),
        (
            coverage.get("status") == "FULL_COVERAGE",
            f"no missing operations: {coverage.get('status', 'not run')}",
        ),
        (
            structure == len(verdicts),
            "all dimensions match: shapes, dtypes and strides of every child, same check",
        ),
    ]
    yield "## Execution checklist"
    yield ""
    yield from (f"- [{'x' if done else ' '}] {text}" for done, text in rows)
