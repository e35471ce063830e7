"""The verdict: one section per check, a status that is never PASS by default, and its text."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKS = (
    "anticheat", "isolation", "structure", "weight_transfer", "numerical_comparison",
    "conservation", "sensitivity",
)  # fmt: skip
SHOWN = {"numerical_comparison": 1}  # trials that fail say the same
LONGEST = 2000  # characters of one problem
LISTED = 50  # problems of one check
NEXT = {
    "anticheat": "move the computation into a child, or write the line as plumbing",
    "isolation": "run the file by hand and look at the place that is named",
    "structure": "cut the step where the levels are, and give children the inputs they receive",
    "weight_transfer": "correct weight_map.json or the parameters of the child",
    "numerical_comparison": "compare the forward with the original's, line by line",
    "conservation": "give every operation of the original to one child, and invent none",
    "sensitivity": "a child whose result changes nothing does not belong into the step",
}


def plain(text: str) -> str:
    """One line that a terminal shows as it is: names in judged files may hold anything."""
    line = " ".join(text.split())
    shown = line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


@dataclass
class Section:
    """One check. It fails by naming problems; it passes only when it was reached and has none."""

    reached: bool = False
    problems: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """PASS, FAIL or NOT_REACHED."""
        if self.problems:
            return "FAIL"
        return "PASS" if self.reached else "NOT_REACHED"

    def as_json(self) -> dict[str, Any]:
        """Status and problems first, then the facts."""
        return {
            "status": self.status,
            "problems": [*map(plain, self.problems[:LISTED])],
            **self.facts,
        }


@dataclass
class Verdict:
    """All sections of one step."""

    original: str
    refactored: str
    judged: dict[str, str] = field(default_factory=dict)
    verifier: str = ""
    notes: list[str] = field(default_factory=list)
    loosened: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Section] = field(
        default_factory=lambda: {name: Section() for name in CHECKS}
    )

    def __getitem__(self, name: str) -> Section:
        return self.sections[name]

    @property
    def status(self) -> str:
        """PASS needs every section to be reached and without problems."""
        return "PASS" if all(s.status == "PASS" for s in self.sections.values()) else "FAIL"

    @property
    def reason(self) -> str:
        """Which checks failed and the first problems of each; empty iff PASS."""
        parts = [
            f"{name}: {'; '.join(map(plain, section.problems[: SHOWN.get(name, 3)]))}"
            for name, section in self.sections.items()
            if section.problems
        ]
        if not parts and self.status != "PASS":
            parts = ["not every check was reached"]
        return " | ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The verdict as it is written."""
        return {
            "status": self.status,
            "reason": self.reason,
            "original_file": self.original,
            "refactored_file": self.refactored,
            "judged": self.judged,
            "verifier": self.verifier,
            "settings": self.settings,
            "notes": [*map(plain, self.notes)],
            **{name: section.as_json() for name, section in self.sections.items()},
        }

    def text(self) -> str:
        """A short verdict for a terminal."""
        loose = " (with loosened tolerance)" if self.loosened else ""
        lines = [f"{self.status}{loose}  {self.refactored}"]
        for name, section in self.sections.items():
            lines.append(f"  {name:<21}{section.status}")
            lines += [f"      {plain(problem)}" for problem in section.problems[:5]]
            if section.problems:
                lines.append(f"      next: {NEXT[name]}")
        lines += [f"  note: {plain(note)}" for note in self.notes]
        return "\n".join(lines)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write atomically: readers see the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
        stream.write("\n")
    os.chmod(name, 0o644)
    os.replace(name, path)
