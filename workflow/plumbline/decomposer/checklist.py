"""SPEC.md's execution checklist, each line answered by a check that was made, with its numbers.

- [x] **Every leaf node is at kernel level (L0)**: 14 leaves, all kernels
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .tree import Result, calls, read_json, tree

BELOW = {"model": {"layer", "kernel"}, "layer": {"fusion", "kernel"}, "fusion": {"kernel"}}
Answer = tuple[str, bool, str]


def checklist(result: Result) -> Iterator[str]:
    """Lines of Markdown."""
    yield "## Execution checklist"
    yield ""
    for question, done, answer in _answers(result):
        yield f"- [{'x' if done else ' '}] **{question}**: {answer}"


def _answers(result: Result) -> Iterator[Answer]:
    yield _each_step(
        result,
        "Each decomposition step has a refactored.py with ONLY child module calls",
        ("anticheat",),
        "source of the step and of its children checked against an allow-list",
    )
    yield _steps(result)
    yield _selftests(result)
    yield _composition(result)
    yield _tree(result)
    yield _leaves(result)
    yield _levels(result)
    yield _coverage(result)
    yield _each_step(
        result,
        "ALL DIMENSIONS MATCH THE ORIGINAL MODEL EXACTLY",
        ("structure", "weight_transfer"),
        "shape, dtype and strides of what each child receives, and shape of every weight, compared",
    )


def _each_step(result: Result, question: str, checks: tuple[str, ...], what: str) -> Answer:
    verdicts = result.verdicts.values()
    good = sum(all(v.get(check, {}).get("status") == "PASS" for check in checks) for v in verdicts)
    return question, good == len(verdicts), f"{what} in {good} of {len(verdicts)} steps"


def _steps(result: Result) -> Answer:
    verdicts = [*result.verdicts.values()]
    good = sum(v.get("status") == "PASS" for v in verdicts)
    exact = sum(bool(v.get("numerical_comparison", {}).get("bit_exact")) for v in verdicts)
    answer = f"{good} of {len(verdicts)} steps pass, {exact} of them to the last bit"
    return (
        "Each step's verify_step.py PASSES (numerical equivalence confirmed)",
        good == len(verdicts),
        answer,
    )


def _selftests(result: Result) -> Answer:
    folder = result.folder / "selftest"
    states = [read_json(folder / f"{name}.json").get("status") for name in result.components]
    good = states.count("PASS")
    answer = f"{good} of {len(states)} self-tests pass; a parent's is that of its step's original"
    return (
        'All component files execute without error (print "PASS")',
        good == len(states),
        answer,
    )


def _composition(result: Result) -> Answer:
    found = read_json(result.folder / "verification" / "composition_result.json")
    answer = {"PASS": "run by itself, and the composed model judged like a step: both PASS"}
    status = str(found.get("status", "not run"))
    return (
        "composition_test.py PASSES (final composed output matches original)",
        status == "PASS",
        answer.get(status, f"{status} {found.get('reason', '')}".strip()),
    )


def _tree(result: Result) -> Answer:
    nodes: dict[str, Any] = tree(result)["nodes"]
    linked = {child["id"] for node in nodes.values() for child in node["children"]}
    missing = (linked | set(result.components)) - set(nodes)
    lost = set(nodes) - linked - {result.index["root"]}
    counted = _instances(result)
    wrong = [n for n, node in nodes.items() if node["instance_count"] != counted[n]]
    answer = (
        f"{len(nodes)} nodes for {len(result.components)} components, all reached from the root, calls multiplied down"
        " the tree give each instance count"
    )
    if missing or lost or wrong:
        answer = f"missing: {sorted(missing)}, not reached: {sorted(lost)}, miscounted: {wrong}"
    return "decomposition_tree.json is complete", not (missing or lost or wrong), answer


def _instances(result: Result) -> Counter[str]:
    """How often each component runs in one forward of the root. Parents come before their children."""
    counted: Counter[str] = Counter({result.index["root"]: 1})
    order = {"model": 0, "layer": 1, "fusion": 2, "kernel": 3}
    for entry in sorted(result.entries.values(), key=lambda entry: order[entry["level"]]):
        for child in calls(entry):
            counted[child["name"]] += counted[entry["name"]] * child["count"]
    return counted


def _leaves(result: Result) -> Answer:
    leaves = [entry for entry in result.entries.values() if not calls(entry)]
    others = [entry["name"] for entry in leaves if entry["level"] != "kernel"]
    answer = f"{len(leaves)} leaves, " + (f"not kernels: {others}" if others else "all kernels")
    return "Every leaf node is at kernel level (L0)", not others, answer


def _levels(result: Result) -> Answer:
    entries = result.entries
    links = [
        (entry, entries[child["name"]]) for entry in entries.values() for child in calls(entry)
    ]
    skipped = [
        f"{p['name']} -> {c['name']}" for p, c in links if c["level"] not in BELOW[p["level"]]
    ]
    lone = sum(p["level"] == "model" and c["level"] == "kernel" for p, c in links)
    answer = f"{len(links)} calls, each of the next level down or of a kernel; {lone} kernel(s) under the model itself"
    if skipped:
        answer = f"levels skipped: {', '.join(skipped)}"
    return "Abstraction level hierarchy is respected (L3 → L2 → L1 → L0)", not skipped, answer


def _coverage(result: Result) -> Answer:
    found = read_json(result.folder / "verification" / "coverage_summary.json")
    counts = found.get("coverage", {})
    answer = str(found.get("status", "not run"))
    if counts:
        answer = (
            f"{counts['covered_op_count']} of {counts['total_original_ops']} operations of the original are in kernels;"
            f" missing: {', '.join(counts['missing_op_types']) or 'none'},"
            f" invented: {', '.join(counts['extra_op_types']) or 'none'}"
        )
    done = found.get("status") == "FULL_COVERAGE"
    return "Coverage analysis shows no missing operations", done, answer
