"""Write the table of docs/coverage.md from the zoo's results: coverage.py MODELS RESULTS DOCUMENT."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from plumbline.pipeline import report
from plumbline.pipeline.plans import Plan, plan_of
from plumbline.pipeline.verdicts import shorten

START, END = "<!-- written by make zoo -->", "<!-- until here -->"
HEADINGS = (
    "model", "operations", "components m/l/f/k", "steps", "bit-exact", "unproven", "coverage %", "seconds", "result",
)  # fmt: skip


def rows(models: Path, results: Path) -> Iterator[tuple[str, ...]]:
    """One row for each model file, whether it has run or not."""
    for file in sorted(models.glob("*.py")):
        index = results / file.stem / "plan" / "index.json"
        if index.is_file():
            yield _row(json.loads(index.read_text("utf-8")), results / file.stem)
        else:
            yield (file.stem, *[""] * (len(HEADINGS) - 2), "not run")


def _row(index: dict[str, Any], result: Path) -> tuple[str, ...]:
    plan = plan_of(index)
    row = report.row(plan, result)
    operations = index["components"][plan.root]["operations"] if plan.components else ""
    found = (
        operations,
        row.unique,
        row.steps_passed,
        row.bit_exact,
        row.unproven,
        row.coverage_pct,
        row.seconds,
    )
    return (row.model, *map(_cell, found), _result(plan, result, row.status))


def _result(plan: Plan, result: Path, status: str) -> str:
    """PASS, or the first thing that went wrong."""
    failures = report.failures(plan, result)
    if status == "PASS":
        return status
    if not failures:
        return "not finished"
    first = failures[0]
    why = shorten(first.why, 160).replace("|", "\\|")
    return f"{'refused' if plan.error else 'FAIL'}: {first.place}, {first.check}: {why}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(found: Sequence[tuple[str, ...]]) -> str:
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *found]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(found: Sequence[tuple[str, ...]]) -> str:
    """How many passed, how many of their steps to the last bit, and what no trial could show to matter."""
    ran = [row for row in found if row[-1] != "not run"]
    passed = [row for row in ran if row[-1] == "PASS"]
    steps = sum(int(row[3].split("/")[0]) for row in passed)
    exact = sum(int(row[4]) for row in passed)
    unproven = [int(row[5]) for row in passed if int(row[5])]
    return (
        f"{len(passed)} of {len(ran)} architectures that ran ({len(found)} in the catalogue) pass completely;"
        f" {exact} of their {steps} steps agree to the last bit."
        f" {sum(unproven)} children, in {len(unproven)} architectures, are unproven."
    )


def main(models: Path, results: Path, document: Path) -> None:
    """Replace what stands between the marks."""
    found = list(rows(models, results))
    text = document.read_text("utf-8")
    before, after = text.split(START)[0], text.split(END)[1]
    middle = f"{START}\n\n{summary(found)}\n\n{table(found)}\n\n{END}"
    document.write_text(before + middle + after, "utf-8")
    print(summary(found))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
