"""How far each model got, and what stopped it: read from the files that the jobs left."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plumbline.pipeline import records, targets, verdicts
from plumbline.pipeline.plans import Component, Plan
from plumbline.pipeline.verdicts import Failure, Json

LEVELS = ("model", "layer", "fusion", "kernel")
DURATION = re.compile(r"^# ([0-9.]+) s$", re.MULTILINE)  # written by the client


@dataclass(frozen=True)
class Row:
    """One model in the table and in summary.tsv."""

    model: str
    status: str
    root_level: str = "-"
    unique: str = "-"
    instances: str = "-"
    steps_passed: str = "-"
    bit_exact: int | None = None
    unproven: int | None = None
    max_diff: float | None = None
    coverage_pct: float | None = None
    composition: str = "-"
    seconds: float | None = None


def row(plan: Plan, result: Path) -> Row:
    if plan.error:
        return Row(plan.model, "refused", seconds=seconds(result))
    steps = {step: _read(_verdict_path(result, step)) for step in plan.steps}
    good = [verdict for verdict in steps.values() if verdicts.passed(verdict)]
    last = result / "verification" if len(good) == len(steps) else None  # else of an earlier run
    composition = _read(last / "composition_result.json") if last else {}
    coverage = _read(last / "coverage_summary.json").get("coverage", {}) if last else {}
    return Row(
        model=plan.model,
        status="PASS"
        if _complete(plan, result) and not (failures(plan, result) or edits(result))
        else "FAIL",
        root_level=plan.root_level,
        unique=_by_level(plan, lambda component: 1),
        instances=_by_level(plan, lambda component: component.instances),
        steps_passed=f"{len(good)}/{len(steps)}",
        bit_exact=sum(map(verdicts.bit_exact, good)),
        unproven=sum(len(verdicts.unproven(verdict)) for verdict in good),
        max_diff=max(map(verdicts.max_diff, good), default=None),
        coverage_pct=coverage.get("coverage_pct"),
        composition=composition.get("status", "-"),
        seconds=seconds(result),
    )


def failures(plan: Plan, result: Path) -> list[Failure]:
    """What stopped this model, from the files that its jobs left."""
    if plan.error:
        return [verdicts.refusal(plan.error)]
    found = []
    for step in plan.steps:
        path = _verdict_path(result, step)
        verdict = _read(path)
        if verdict and not verdicts.passed(verdict):
            found.append(verdicts.failure_of(verdict, step, path))
    for component in plan.components:
        path = result / "selftest" / f"{component}.json"
        selftest = _read(path)
        told = "shown_by" in selftest if selftest else False  # by the step itself, above
        if selftest and not told and not verdicts.passed(selftest):
            next_ = f"{verdicts.NEXT['self-test']}; details: {path}"
            found.append(Failure(component, "self-test", str(selftest.get("reason")), next_))
    for name in ("composition_result", "coverage_summary"):
        path = result / "verification" / f"{name}.json"
        report = _read(path)
        if report and report["status"] not in ("PASS", "FULL_COVERAGE"):
            why = str(report.get("reason") or report["status"])
            found.append(Failure(name, "whole model", why, f"read {path}"))
    return found


def edits(result: Path) -> list[str]:
    return sorted({name for job in records.jobs(result) for name in records.edited(result, job)})


def seconds(result: Path) -> float:
    """Time of the jobs whose results are here; each log ends with the job's own."""
    ends = (log.read_bytes()[-40:].decode(errors="replace") for log in result.glob("logs/*.log"))
    return round(sum(float(found[1]) for end in ends if (found := DURATION.search(end))), 1)


def _by_level(plan: Plan, count: Callable[[Component], int]) -> str:
    sums = dict.fromkeys(LEVELS, 0)
    for component in plan.components.values():
        sums[component.level] += count(component)
    return "/".join(str(number) for number in sums.values())


def _complete(plan: Plan, result: Path) -> bool:
    return all((result / file).is_file() for file in targets.of(plan))


def _verdict_path(result: Path, step: str) -> Path:
    return result / "steps" / step / "verification_result.json"


def _read(path: Path) -> Json:
    """What a job wrote, or nothing: the report has to work on half a run, and on half a file."""
    try:
        value: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value
