"""The plans of all models, as the rules see them: components, steps, and who waits for whom.

    fusion F of layer L of model M:   the file of F waits for nothing but the plan,
                                      step(F) and the files of F's kernels wait for the PASS of
                                      step(L), which gave birth to F, and of step(M) before it

A component that several parents share is made as soon as what *all* of its parents wait for has
passed. So it is there for the parents of a sound branch when another branch has failed, and the
steps of the failed branch still do not start: a step waits for every step that gave birth to it.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Component:
    """One file at one level; `step` is the folder in which it is rewritten, if it is."""

    name: str
    level: str
    path: str
    step: str | None
    children: tuple[str, ...]
    births: tuple[str, ...]
    instances: int
    mem_mb: int  # of one forward, with the process
    kept_mb: int  # of one that keeps every value, for gradients
    passed_mb: int  # inputs and outputs alone

    def judgement_mb(self, trials: int) -> int:
        """Original and refactored run one after the other, on one copy of the weights; the inputs and outputs of
        all trials lie beside them, and one output more."""
        return self.kept_mb + (trials + 1) * self.passed_mb


@dataclass(frozen=True)
class Plan:
    """The plan of one model, or the reason why there is none."""

    model: str
    error: Mapping[str, Any] | None
    root: str
    root_level: str
    components: Mapping[str, Component]
    emitted: Mapping[str, str]  # what each emission will write, as a digest

    @property
    def steps(self) -> dict[str, Component]:
        return {c.step: c for c in self.components.values() if c.step is not None}

    def gates_of_step(self, component: str) -> list[str]:
        """The steps whose PASS step(component) waits for."""
        step = self.components[component].step
        return [birth for birth in self.components[component].births if birth != step]

    def gates_of_file(self, component: str) -> list[str]:
        """The steps whose PASS the file of a component waits for, the nearest to it only."""
        awaited = self._awaited(component)
        implied = {gate for step in awaited for gate in self._above(self.steps[step].name)}
        return sorted(awaited - implied)

    def _awaited(self, component: str) -> frozenset[str]:
        parents = (self.steps[birth].name for birth in self.gates_of_step(component))
        above = [self._above(parent) for parent in parents]
        return frozenset.intersection(*above) if above else frozenset()

    @functools.cache  # noqa: B019  (plans live as long as the run)
    def _above(self, component: str) -> frozenset[str]:
        """Every step that must have passed before step(component) starts."""
        births = self.gates_of_step(component)
        return frozenset(births).union(*(self._above(self.steps[b].name) for b in births))

    def __hash__(self) -> int:
        return id(self)


def read_plans(path: Path) -> dict[str, Plan]:
    """results/plans.json; read again only when it has changed."""
    stat = path.stat()
    return _read_plans(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=1)
def _read_plans(path: Path, _mtime: int, _size: int) -> dict[str, Plan]:
    indexes = json.loads(path.read_text(encoding="utf-8"))
    return {name: plan_of(index) for name, index in indexes.items()}


def plan_of(index: Mapping[str, Any]) -> Plan:
    components = {name: _component(name, c) for name, c in index["components"].items()}
    return Plan(
        model=index["model"],
        error=index.get("error"),
        root=index.get("root") or "",
        root_level=index.get("root_level") or "",
        components=components,
        emitted=index.get("emitted", {}),
    )


def merge(indexes: Iterable[Mapping[str, Any]], machine_mb: int) -> dict[str, Any]:
    """One index of all models, in which a model that does not fit this machine is refused."""
    return {index["model"]: _refuse_giant(index, machine_mb) for index in indexes}


def _component(name: str, entry: Mapping[str, Any]) -> Component:
    return Component(
        name=name,
        level=entry["level"],
        path=entry["path"],
        step=entry["step"],
        children=tuple(entry["children"]),
        births=tuple(entry["births"]),
        instances=entry["instances"],
        mem_mb=entry["mem_mb"],
        kept_mb=entry["kept_mb"],
        passed_mb=entry["passed_mb"],
    )


def _refuse_giant(index: Mapping[str, Any], machine_mb: int) -> dict[str, Any]:
    needed = max((c["mem_mb"] for c in index["components"].values()), default=0)
    if needed <= machine_mb:
        return dict(index)
    error = {
        "what": "the model does not fit in memory",
        "where": f"{index['model']}: one forward pass",
        "expected": f"at most {machine_mb} MB, which this machine has",
        "found": f"about {needed} MB needed",
        "next": "run it on a larger machine, or give the model a smaller batch",
    }
    return {**index, "status": "refused", "error": error, "components": {}}
