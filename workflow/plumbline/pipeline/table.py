"""The end of a run: one table, summary.tsv with the same, and what to do about what failed."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from plumbline.pipeline import records, report
from plumbline.pipeline.plans import Plan, read_plans
from plumbline.pipeline.report import Row

HEADINGS = {
    "model": "model",
    "status": "status",
    "root_level": "root",
    "unique": "unique m/l/f/k",
    "instances": "instances m/l/f/k",
    "steps_passed": "steps",
    "bit_exact": "bit-exact",
    "unproven": "unproven",
    "max_diff": "largest diff",
    "coverage_pct": "coverage %",
    "composition": "composition",
    "seconds": "seconds",
}


def show(results: Path, *, failed: bool = False) -> int:
    """Print it all; 0 when every model has passed. `failed`: the run itself says it did not."""
    if not (results / "plans.json").is_file():
        print("\nno model was planned: see the messages above", flush=True)
        return 1
    plans = read_plans(results / "plans.json")
    rows = [report.row(plan, results / name) for name, plan in plans.items()]
    lines = ["", table(rows), ""]
    try:
        write_summary(rows, results / "summary.tsv")
    except OSError as error:
        failed = True
        lines.append(f"{results / 'summary.tsv'} could not be written: {error.strerror}")
    lines += [line for name, plan in plans.items() for line in troubles(plan, results / name)]
    unfinished = [row.model for row in rows if row.status != "PASS"]
    if failed and len(lines) == 3:
        lines.append("The run stopped before the end: its messages are above the table.")
    print("\n".join(lines), flush=True)
    return 1 if unfinished or failed else 0


def table(rows: Sequence[Row]) -> str:
    lines = [list(HEADINGS.values()), *([_cell(v) for v in asdict(row).values()] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def troubles(plan: Plan, result: Path) -> list[str]:
    lines = [failure.lines(plan.model) for failure in report.failures(plan, result)]
    edited = report.edits(result)
    return lines + ([records.explain(plan.model, edited)] if edited else [])


def write_summary(rows: Iterable[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, HEADINGS, delimiter="\t", lineterminator="\n")
        lines.writeheader()
        lines.writerows(map(asdict, rows))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
