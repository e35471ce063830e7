"""Checks 5 and 7: the counted trials of the refactored model, and whether each child matters.

The first trial is recorded, the last one carries gradients. If recording gradients changed its
bits, or cannot be done, that trial is run again without them, and only that run counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .compare import Comparison, compare_structure, compare_values, same_bytes
from .memory import Forgotten, digest
from .process import Handler, Json, Worker, WorkerFailed
from .scratch import LARGE, remove
from .settings import Settings
from .values import Spec, tensor_specs
from .verdict import Section

MOST_DISTURBANCES = 12  # extra forwards of one step, where gradients say nothing
LEAST_EFFECT = 1e-4  # a relative effect of a child above this is well above rounding
MOST_KEPT = 4 * LARGE  # bytes of all values of a forward that a gradient pass may keep
MakeWorker = Callable[[Callable[[], Handler]], Worker]


class Trials:
    """Puts the reference's trials to the refactored model and compares what comes back."""

    def __init__(
        self, settings: Settings, folder: Path, reference: Json, worker: Worker, make: MakeWorker,
        provide: Callable[[int], None],
    ) -> None:  # fmt: skip
        self.settings, self.folder = settings, folder
        self.worker, self.make, self.provide = worker, make, provide
        self.given: list[Json] = reference["trials"]
        self.record: Json = {}
        self.effects: dict[str, float] = {}
        self.results: list[Comparison] = []

    def run(self, section: Section) -> None:
        """Run every trial and fill the section."""
        trials = []
        for index, trial in enumerate(self.given):
            result = self.counted(index, trial)
            if not fits(trial, result):
                raise Forgotten
            self.results.append(result)
            kind = trial["distribution"]
            row = {"trial": index + 1, "inputs": kind, "max_diff": result.max_diff}
            trials.append({**row, "pass": not result.problem})
            if result.problem:
                section.problems.append(f"trial {index + 1} ({kind} inputs): {result.problem}")
        self.conclude(section, trials)

    def ask(self, index: int, trial: Json, **more: Any) -> Json:
        """One forward."""
        self.provide(index)
        place = {"file": trial["file"], "inputs": trial["inputs"]}
        return self.worker.ask({"do": "trial", "index": index, **place, **more})

    def counted(self, index: int, trial: Json) -> Comparison:
        """One counted trial."""
        if index == len(self.given) - 1 and index > 0 and self.has_room_for_gradients(trial):
            try:
                reply = self.ask(index, trial, gradient=True)
                result = self.compare(trial, reply)
                self.effects = reply["effects"]
                if not result.problem and result.bit_exact:
                    return result
            except WorkerFailed as error:
                if error.kind != "raised":
                    raise
        reply = self.ask(index, trial, record=index == 0)
        self.record = reply.get("record", self.record)
        return self.compare(trial, reply)

    def has_room_for_gradients(self, trial: Json) -> bool:
        """Whether a gradient pass may keep every value; beside large inputs it has no room."""
        return not trial["drawn"] and bool(self.record["made"] <= MOST_KEPT)

    def other_children(self) -> list[list[Json]]:
        """What children received in the later trials; asked where the first leaves a doubt."""
        replies = [self.ask(index, trial, record=True)
                   for index, trial in enumerate(self.given) if index]  # fmt: skip
        return [reply["record"]["children"] for reply in replies]

    def conclude(self, section: Section, trials: list[Json]) -> None:
        """What all trials say together."""
        values = sum(result.values for result in self.results)
        if not values and any(
            math.prod(leaf["shape"]) for leaf in tensor_specs(self.given[0]["outputs"])
        ):
            section.problems.append("no value was compared")
        if any(trial["telling"] <= 0.5 for trial in self.given):
            section.problems.append(
                "the original's outputs are mostly not finite: nothing to compare"
            )
        dtypes = {leaf["dtype"] for trial in self.given for leaf in tensor_specs(trial["outputs"])}
        loosest = max(
            (self.settings.tolerance(dtype) for dtype in dtypes),
            key=lambda tolerance: tolerance.rtol,
            default=self.settings.tolerance("float32"),
        )
        section.reached = True
        section.facts |= {
            "rtol": loosest.rtol,
            "atol": loosest.atol,
            "num_trials": len(trials),
            "values_compared": values,
            "output_shapes": [leaf["shape"] for leaf in tensor_specs(self.given[0]["outputs"])],
            "bit_exact": all(r.bit_exact and not r.problem for r in self.results),
            "max_diff_across_trials": max((r.max_diff for r in self.results), default=0.0),
            "trials": trials,
        }

    def compare(self, trial: Json, reply: Json) -> Comparison:
        """Compare one reply with its trial: outputs, aliases, and what happened to the inputs."""
        result = Comparison()
        compare_structure(trial["outputs"], reply["outputs"], "output", result)
        self.compare_tensors(trial, reply, "out", result)
        pairs = zip(trial["aliases"], reply["aliases"], strict=False)
        for index, (wanted, found) in enumerate(pairs):
            if not result.problem and set(found) - set(wanted):
                result.problem = (
                    f"output tensor {index} is memory of an input or of another output, or of the state; "
                    "the original's is not"
                )
        changed: Any = trial["mutated"]
        found_changed: Any = reply.get("mutated")
        if not result.problem and reply["kept"]:
            names = ", ".join(reply["kept"])
            result.problem = f"the refactored model keeps state between calls: {names}"
        if not result.problem and (changed is None) != (found_changed is None):
            who = "the refactored model" if changed is None else "only the original"
            what = ", ".join((changed or found_changed)["keys"])
            result.problem = f"{who} changes its {what} in place"
        elif not result.problem and changed is not None:
            compare_structure(changed, found_changed, "changed", result)
            self.compare_tensors(trial, reply, "changed", result)
        for suffix in ("out", "changed"):
            remove(self.folder / f"{reply['file']}.{suffix}")
        return result

    def compare_tensors(self, trial: Json, reply: Json, suffix: str, result: Comparison) -> None:
        """Bytes first; only tensors that differ are looked at, by a worker made for it."""
        left = self.folder / f"{trial['file']}.{suffix}"
        right = self.folder / f"{reply['file']}.{suffix}"
        if suffix in trial.get("digests", {}) and result.pending:
            result.values += sum(math.prod(spec["shape"]) for _, spec, _ in result.pending)
            result.bit_exact &= digest(self.folder, reply, suffix) == trial["digests"][suffix]
            result.pending.clear()
        for where, expected, found in result.pending:
            result.values += math.prod(expected["shape"])
            if not result.problem and not same_bytes(left, right, expected, found):
                self.look_closer(where, left, right, expected, found, result)
        result.pending.clear()

    def look_closer(
        self, where: str, left: Path, right: Path, expected: Spec, found: Spec, result: Comparison
    ) -> None:
        """Tolerance and worst element of one pair of tensors."""
        settings = self.settings
        files = {"left": str(left), "right": str(right)}
        with self.make(lambda: lambda request: compare_values(request, settings)) as judge:
            worst = judge.ask({**files, "expected": expected, "found": found})
        result.bit_exact = False
        result.max_diff = max(result.max_diff, worst["max_diff"])
        if worst["wrong"]:
            count = math.prod(expected["shape"])
            result.problem = (
                f"{where}{worst['index']}: expected {worst['expected']}, found {worst['found']} "
                f"({worst['wrong']} of {count} values differ, "
                f"the largest difference is {worst['max_diff']:.3g})"
            )

    def check_sensitivity(self, section: Section, children: list[str]) -> list[str]:
        """Fill the section; returns the children whose effect no trial could show."""
        calls = self.record["children"]
        called = {call["attribute"] for call in calls}
        idle = sorted(called - {call["attribute"] for call in calls if call["live"]})
        section.reached = True
        section.problems += [f"child {n} is never called" for n in children if n not in called]
        section.problems += [f"child {name} reaches no output" for name in idle]
        unproven = []
        if not section.problems and not any(result.problem for result in self.results):
            weak = [n for n in children if self.effects.get(n, 0.0) < LEAST_EFFECT]
            unproven = self.unproven(weak)
        section.facts = {"insensitive_children": idle, "unproven": unproven}
        return unproven

    def unproven(self, weak: list[str]) -> list[str]:
        """Those of ``weak`` whose disturbance shows in no trial, within MOST_DISTURBANCES."""
        left = MOST_DISTURBANCES
        for index, trial in reversed([*enumerate(self.given)]):  # the inputs of the last are there
            asked, later = weak[:left], weak[left:]
            left -= len(asked)
            weak = [name for name in asked if not self.shows(index, trial, name)] + later
        return weak

    def shows(self, index: int, trial: Json, name: str) -> bool:
        """Whether a trial gives another output when this child's output is disturbed."""
        try:
            reply = self.ask(index, trial, disturb=name)
        except WorkerFailed as error:
            if error.kind == "raised":
                return True  # an operation that follows refuses the disturbed values
            raise
        result = self.compare(trial, reply)
        return bool(result.problem) or not result.bit_exact


def fits(trial: Json, result: Comparison) -> bool:
    """False where outputs differ of which only digests are known: nobody can say by how much."""
    return "digests" not in trial or (result.bit_exact and not result.problem)
