"""Judge every step of a result folder again, or gather the verdicts that are there."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..settings import Settings
from ..step import Step
from ..verdict import write_json

Json = dict[str, Any]


def step_folders(result: Path) -> list[Path]:
    """Folders of steps, in the order of their names."""
    return sorted(path for path in (result / "steps").glob("*") if path.is_dir())


def judged_again(folder: Path, options: argparse.Namespace) -> Json:
    """Verdict of a new judgement of one step; its own verdict file is left alone."""
    settings = Settings(
        original=folder / "original.py", refactored=folder / "refactored.py", seed=options.seed,
        trials=options.trials, threads=options.threads, time_limit=options.time_limit,
        mem_mb=options.mem_mb,
    )  # fmt: skip
    return Step(settings).run().as_json()


def existing(folder: Path) -> Json | None:
    """The verdict that is there, or None."""
    try:
        content: Json = json.loads(
            (folder / "verification_result.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return None
    return content


def entry(folder: Path, verdict: Json | None) -> Json:
    """One line of the summary."""
    if verdict is None:
        return {
            "step": folder.name,
            "status": "SKIPPED",
            "reason": "has no verdict",
            "max_diff": None,
        }
    numbers = verdict.get("numerical_comparison", {})
    return {
        "step": folder.name,
        "status": verdict.get("status", "FAIL"),
        "reason": verdict.get("reason", ""),
        "max_diff": numbers.get("max_diff_across_trials"),
        "bit_exact": numbers.get("bit_exact", False),
        "values_compared": numbers.get("values_compared", 0),
        "unproven": verdict.get("sensitivity", {}).get("unproven", []),
    }


def summary(entries: list[Json]) -> Json:
    """The summary of all steps; PASS needs at least one step and no other status."""
    passed = sum(one["status"] == "PASS" for one in entries)
    skipped = sum(one["status"] == "SKIPPED" for one in entries)
    return {
        "status": "PASS" if entries and passed == len(entries) else "FAIL",
        "total_steps": len(entries),
        "passed": passed,
        "failed": len(entries) - passed - skipped,
        "skipped": skipped,
        "bit_exact": sum(
            one["status"] == "PASS" and one.get("bit_exact", False) for one in entries
        ),
        "steps": entries,
    }


def print_table(content: Json) -> None:
    """One line a step, then the total."""
    width = max((len(one["step"]) for one in content["steps"]), default=4)
    for one in content["steps"]:
        difference = "-" if one["max_diff"] is None else f"{one['max_diff']:.3g}"
        place = f"{one['status']:<8}{one['step']:<{width}}"
        print(f"{place}  {difference:>9}  {one['reason'][:100]}".rstrip())
    counts = ", ".join(f"{content[key]} {key}" for key in ("passed", "failed", "skipped"))
    print(
        f"{content['status']}: {content['total_steps']} steps, {counts}, "
        f"bit-exact {content['bit_exact']}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 only when every step passes."""
    parser = argparse.ArgumentParser(description="Judge every step of a result folder.")
    parser.add_argument("result", type=Path, metavar="RESULT_DIR")
    parser.add_argument(
        "--summarise-only", action="store_true", help="gather existing verdicts, judge nothing"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--mem-mb", type=int)
    options = parser.parse_args(argv)
    folders = step_folders(options.result)
    if not folders:
        print(f"{options.result}: has no steps/ folder with steps in it")
    entries = [
        entry(folder, existing(folder) if options.summarise_only else judged_again(folder, options))
        for folder in folders
    ]
    content = summary(entries)
    write_json(options.result / "verification" / "step_verification_summary.json", content)
    print_table(content)
    return 0 if content["status"] == "PASS" else 1
