"""Judge one step: the seven checks in their order, driven by the parent process.

    source -> original runs alone -> refactored is built -> weights -> trials -> structure,
    conservation -> sensitivity

The parent runs no tensor operation and no judged code. It reads the files once, talks to the
workers, and keeps the verdict.
"""

from __future__ import annotations

import contextlib
import time
import types
from collections.abc import Callable, Mapping
from typing import Any

from .astools import Violation
from .candidate import Candidate
from .conservation import check_conservation
from .dependence import say_data_dependent
from .files import FileError, Source, package_digest, read_source, read_weight_map
from .grammar import RefactoredSource, check_refactored
from .grammar_components import ComponentSource, check_component
from .kernels import kernel_violations
from .levels import declared_level
from .limits import no_strays
from .memory import circumstances, keep, recall
from .original import Original
from .process import Handler, Json, Worker, WorkerFailed
from .scratch import scratch_folder
from .settings import Settings
from .structure import check_structure, check_trial_inputs
from .trials import Trials
from .verdict import LISTED, Verdict
from .weights import WeightMap, check_weights, guess_map, idle, matched_map

LEAST_SECONDS, SLOWEST = 60.0, 20.0  # the refactored model may take so many times the original's


class Step:
    """One judgement. ``run`` never raises for what judged files do; it records it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.deadline = time.monotonic() + settings.time_limit
        self.verdict = Verdict(
            str(settings.original), str(settings.refactored), verifier=package_digest()
        )
        self.verdict.settings = {
            "seed": settings.seed, "trials": settings.trials, "threads": settings.threads,
            "composition": settings.composition,
        }  # fmt: skip
        self.components: dict[str, ComponentSource] = {}
        self.weights = WeightMap()
        self.loose: list[str] = []  # tensors that need no place in the map while nobody reads them
        self.reference: Json = {}
        self.built: Json = {}
        self.record: Json = {}

    def run(self) -> Verdict:
        """All checks, as far as they can be reached."""
        with scratch_folder() as self.folder, no_strays(), contextlib.ExitStack() as self.stack:
            self.judge()
        self.verdict.loosened = self.settings.loosened()
        if loosened := self.verdict.loosened:
            self.verdict.notes.append(f"tolerance loosened for {', '.join(loosened)}")
        return self.verdict

    def judge(self) -> None:
        for check, read in (("anticheat", self.read), ("weight_transfer", self.read_map)):
            try:
                read()
            except FileError as error:
                self.verdict[check].problems.append(str(error))
                return
        try:
            if not self.check_source():
                return
        except RecursionError:
            self.verdict["anticheat"].problems.append("a file is nested too deeply to be judged")
            return
        try:
            original = Original(
                self.settings, self.original.text, self.folder, self.worker, self.stack
            )
            self.run_original(original)
            with self.worker(self.make_candidate) as worker:
                self.judge_refactored(worker, original)
        except WorkerFailed as error:
            self.verdict["isolation"].problems.append(f"the {error.side} model {told(error)}")
            if error.side == "refactored" and self.built and error.kind == "raised":  # in a forward
                say_data_dependent(self.verdict, self.reference["record"], None)

    def worker(self, make: Callable[[], Handler]) -> Worker:
        """A worker within the limits of this step."""
        return Worker(make, self.deadline, self.settings.mem_mb)

    def read(self) -> None:
        """Read every file once and note its digest."""
        original, refactored = self.settings.original, self.settings.refactored
        self.original = read_source(original, allow_link=True)
        self.refactored = read_source(refactored)
        for source in (self.original, self.refactored):
            self.verdict.judged[source.name] = source.sha256

    def read_map(self) -> None:
        """Read the weight map, where there is one."""
        self.weight_map = read_weight_map(self.settings.refactored.parent / "weight_map.json")

    def check_source(self) -> bool:
        """Check 1: the refactored file and its children fit their grammars."""
        self.found: RefactoredSource = check_refactored(self.refactored)
        violations = list(self.found.violations)
        self.sources: dict[str, Source] = {}
        folder = self.settings.refactored.parent / "children"
        if folder.is_symlink():
            violations.append(Violation("children", 0, "file", "children/ is a symbolic link"))
        for name in dict.fromkeys(self.found.children.values()):
            try:
                self.sources[name] = source = read_source(folder / f"{name}.py")
            except FileError as error:
                violations.append(Violation(f"children/{name}.py", 0, "file", str(error)))
                continue
            self.verdict.judged[f"children/{name}.py"] = source.sha256
            self.components[name] = component = check_component(source)
            violations += component.violations
        if not violations:
            violations += kernel_violations(self.components, self.settings.composition)
        section = self.verdict["anticheat"]
        section.reached = True
        section.problems = [str(violation) for violation in violations]
        section.facts = {"violations": [violation.as_json() for violation in violations[:LISTED]]}
        return not violations

    def run_original(self, original: Original) -> None:
        """Run the original alone; all that the other side needs stays in the folder."""
        settings, folder = self.settings, self.folder
        known = circumstances(settings, self.original.sha256)
        recalled = recall(settings.recall, known) if settings.recall else None
        started = time.monotonic()
        self.reference = original.run(recalled)
        now = time.monotonic()
        if not recalled:
            self.deadline = min(self.deadline, now + LEAST_SECONDS + SLOWEST * (now - started))
        if settings.remember:
            keep(settings.remember, known, self.reference, folder)
        numbers = self.verdict["numerical_comparison"]
        numbers.facts |= {"gain": self.reference["gain"], "low_power": self.reference["low_power"]}
        if self.reference["low_power"]:
            self.verdict.notes.append(
                "low power: the original's output hardly depends on its input"
            )

    def make_candidate(self) -> Candidate:
        """Runs in the worker: compile the checked trees, nothing else."""
        codes = {
            name: compiled(c.tree, f"children/{name}.py") for name, c in self.components.items()
        }
        code = compiled(self.found.tree, "refactored.py")
        return Candidate(self.settings, codes, code, self.found.class_name, self.folder)

    def judge_refactored(self, worker: Worker, original: Original) -> None:
        """Checks 2 to 7 on the refactored model."""
        self.built = worker.ask({"do": "build"})
        check_trial_inputs(self.verdict["structure"], self.reference, self.built)
        original.provide(0)
        if not self.transfer(worker):
            return
        trials = Trials(
            self.settings, self.folder, self.reference, worker, self.worker, original.provide
        )
        trials.run(self.verdict["numerical_comparison"])
        self.record = trials.record
        self.verdict["weight_transfer"].problems += [
            f"{name} of the refactored model is read but not mapped"
            for name in self.loose if name in self.record["read"]
        ] + [
            f"{name} of the refactored model is never read; the original reads {self.weights.map[name]}"
            for name in idle(self.weights, self.reference, self.record)
        ]  # fmt: skip
        self.verdict["isolation"].reached = True
        check_structure(self.verdict, self.settings, self.original, self.components,
                        self.reference["record"], self.record, self.built,
                        trials.other_children)  # fmt: skip
        self.verdict["structure"].problems += self.unnamed_kernels()
        check_conservation(self.verdict["conservation"], self.reference["record"], self.record)
        say_data_dependent(self.verdict, self.reference["record"], self.record)
        children = list(self.built["children"])
        if unproven := trials.check_sensitivity(self.verdict["sensitivity"], children):
            self.verdict.notes.append(
                f"unproven: {', '.join(unproven)} change no output in any trial"
            )

    def unnamed_kernels(self) -> list[str]:
        """What holds for kernels, of children whose header does not call them so."""
        counts = {
            self.built["children"][c["attribute"]]: len(c["calls"]) for c in self.record["children"]
        }
        found = {name: component for name, component in self.components.items()
                 if not declared_level(component.docstring) and counts.get(name, 2) <= 1}  # fmt: skip
        return [str(violation) for violation in kernel_violations(found, composition=True)]

    def transfer(self, worker: Worker) -> bool:
        """Check 4: the weight map holds; the worker gets it together with the shared state."""
        given = self.inferred_map(worker) if self.weight_map is None else self.weight_map
        weights = check_weights(given, self.reference, self.built)
        self.loose = [n for n in weights.unmapped_refactored if not weights.problems]
        self.weights = weights
        section = self.verdict["weight_transfer"]
        section.reached = True
        section.problems = weights.problems
        section.facts = {
            "mapped_count": len(weights.map), "unmapped_original": weights.unmapped_original,
            "unmapped_refactored": weights.unmapped_refactored,
            "unread_original": weights.unread_original,
        }  # fmt: skip
        if not section.problems:
            self.load(worker, weights.map)
        return not section.problems

    def load(self, worker: Worker, mapping: Mapping[str, str]) -> None:
        """Give the worker a map and where the shared state lies."""
        layout, ties = self.reference["state"], self.reference["ties"]
        worker.ask({"do": "load", "map": mapping, "layout": layout, "ties": ties})

    def inferred_map(self, worker: Worker) -> dict[str, str]:
        """A map where there is none: names and shapes first, then what one forward shows."""
        guess = guess_map(self.reference, self.built)
        trial = self.reference["trials"][0]
        request = {"do": "trial", "index": 0, "file": trial["file"], "inputs": trial["inputs"]}
        try:
            self.load(worker, guess)
            uses = worker.ask({**request, "record": True})["record"]["uses"]
        except WorkerFailed as error:
            if error.kind != "raised":
                raise
            return guess
        return matched_map(guess, self.reference, self.built, uses)


def told(error: WorkerFailed) -> str:
    """One line about a worker that failed."""
    where = f" at {error.where}" if error.where else ""
    if error.kind == "raised":
        return f"raised {error.message}{where}"
    printed = f" (it printed: {error.output[-200:]})" if error.output else ""
    return f"{error.message}{where}{printed}"


def compiled(tree: Any, name: str) -> types.CodeType:
    """Code of a checked tree."""
    code: types.CodeType = compile(tree, name, "exec", dont_inherit=True)
    return code
