"""Reading verdicts: which check failed, why, and what to do about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

NEXT = {
    "anticheat": "move the computation at that line into a child, or remove it",
    "isolation": "run the file named here by hand: it must run in a fresh process",
    "structure": "compare the levels, the inputs and the children with what the check expects",
    "weight_transfer": "complete weight_map.json: each name leads to one tensor of the original",
    "numerical_comparison": "look for a missing residual, a wrong order, a weight mapped wrongly",
    "conservation": "find the operations named here: in a child, or in the refactored forward",
    "sensitivity": "the named child changes nothing in the output: use its result, or remove it",
    "self-test": "run the component's file by itself",
}


PARTS = ("what", "where", "expected", "found", "next")


@dataclass(frozen=True)
class Failure:
    """One thing that stopped a model, in the words for the terminal."""

    place: str  # the step, or the stage of the pipeline
    check: str
    why: str
    next: str

    def lines(self, model: str) -> str:
        return (
            f"FAIL  {model}  {self.place}\n"
            f"      check  {self.check}\n"
            f"      why    {shorten(self.why)}\n"
            f"      next   {self.next}"
        )


def read(path: Path) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return verdict


def passed(verdict: Json) -> bool:
    return verdict.get("status") == "PASS"


def failure_of(verdict: Json, place: str, path: Path) -> Failure:
    """The first check that failed. A verdict without one (a crash) speaks through its reason."""
    check = next((name for name in NEXT if _failed(verdict.get(name))), "verification")
    why = verdict.get("reason") or "no reason is given"
    return Failure(place, check, why, f"{NEXT.get(check, 'read the log')}; details: {path}")


@dataclass(frozen=True)
class Refused(Failure):
    """A model that has no plan: its error, one line for each part, the author's own traceback as it is."""

    error: Json

    def lines(self, model: str) -> str:
        told = [(key, str(self.error[key])) for key in PARTS if self.error.get(key)]
        parts = (
            f"      {key:8}  " + "\n".join(clip(text)).replace("\n", "\n" + " " * 16)
            for key, text in told
        )
        return "\n".join([f"FAIL  {model}  {self.place}", *parts])


def refusal(error: Json) -> Refused:
    """A model that could not be planned."""
    what, next_ = str(error.get("what", "refused")), str(error.get("next") or "read the log")
    return Refused("planning", "capture and plan", what, next_, error)


def clip(text: str, first: int = 2, last: int = 8, width: int = 160) -> list[str]:
    """The lines of a text, without its middle if it is long."""
    lines = [
        line if len(line) <= width else line[: width - 3] + "..." for line in text.splitlines()
    ]
    if len(lines) <= first + last + 1:
        return lines
    return [*lines[:first], f"... {len(lines) - first - last} more lines", *lines[-last:]]


def summary(verdict: Json) -> str:
    """What a PASS rests on, in one line."""
    numbers = verdict.get("numerical_comparison", {})
    bits = "bit-exact" if bit_exact(verdict) else f"largest difference {max_diff(verdict):.1e}"
    trials, values = numbers.get("num_trials", 0), numbers.get("values_compared", 0)
    parts = [bits, f"{trials} trials", f"{values:,} values"]
    missing = unproven(verdict)
    return ", ".join(parts) + (f", unproven: {' '.join(missing)}" if missing else "")


def bit_exact(verdict: Json) -> bool:
    return bool(verdict.get("numerical_comparison", {}).get("bit_exact"))


def max_diff(verdict: Json) -> float:
    return float(verdict.get("numerical_comparison", {}).get("max_diff_across_trials") or 0.0)


def unproven(verdict: Json) -> list[str]:
    """Children that changed nothing in any trial. (Those that reach no output fail the step.)"""
    return list(verdict.get("sensitivity", {}).get("unproven", []))


def shorten(text: str, limit: int = 400) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _failed(check: object) -> bool:
    return isinstance(check, Mapping) and check.get("status", "PASS") == "FAIL"
