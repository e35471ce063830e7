"""Who needs what: the input and parameter functions of the rules.

Each takes a rule's wildcards. All of them start from the plan of the model, and asking for a plan
is what makes a rule wait for the checkpoint: until that has run, `plans` raises Snakemake's own
exception.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plumbline.pipeline import records, targets
from plumbline.pipeline.plans import Component, Plan

ROOM_MB = 4000  # a judgement that takes more is given more time, too: memory has to be moved
NODE_MB = 400  # Snakemake (140) and the warm process (225) that come with a job on a cluster's node


class Wildcards(Protocol):
    """What a rule's wildcards may hold; each function uses the ones of its own rule."""

    model: str
    component: str
    step: str


class UnknownTarget(Exception):
    """A component or step was asked for by a name that the plan does not hold."""


@dataclass(frozen=True)
class Wiring:
    """The functions, over one results folder."""

    results: Path
    models: Mapping[str, Path]
    memory_mb: int
    trials: int
    time_limit: float
    is_local: Callable[[], bool]  # known only once Snakemake has chosen its executor
    plans: Callable[[], Mapping[str, Plan]]

    def folder(self, wildcards: Wildcards) -> str:
        return str(self.results / wildcards.model)

    def everything(self, _: Wildcards) -> list[str]:
        plans = self.plans()
        return [
            self._path(model, file) for model in self.models for file in targets.of(plans[model])
        ]

    # components

    def plan_entry(self, wildcards: Wildcards) -> str:
        name = self._component(wildcards).name
        return self._path(wildcards.model, f"plan/components/{name}.json")

    def gates_of_file(self, wildcards: Wildcards) -> list[str]:
        """The making of a parent's children waits for the descent into the parent."""
        gates = self._plan(wildcards).gates_of_file(self._component(wildcards).name)
        return [self._path(wildcards.model, f"steps/{gate}/PASS") for gate in gates]

    def component_file(self, wildcards: Wildcards) -> str:
        return self._path(wildcards.model, self._component(wildcards).path)

    def emitted_component(self, wildcards: Wildcards) -> str:
        return self._plan(wildcards).emitted[self._component(wildcards).name]

    def level(self, wildcards: Wildcards) -> str:
        return self._component(wildcards).level

    def own_verdict(self, wildcards: Wildcards) -> list[str]:
        """The verdict of the step that a component is the original of; a kernel has none of its own."""
        component = self._component(wildcards)
        if component.level == "kernel":
            return []
        return [self._path(wildcards.model, f"steps/{component.step}/verification_result.json")]

    def selftest(self, wildcards: Wildcards) -> str:
        """How a component is tested by itself. The judge of a step has run the step's original: once is enough."""
        verdict = self.own_verdict(wildcards)
        if verdict:
            return f"selftest_from_verdict.py --verdict {shlex.quote(verdict[0])}"
        return "selftest.py"

    def selftest_limit(self, wildcards: Wildcards) -> float:
        return self._seconds(self._component(wildcards).mem_mb)

    def selftest_mb(self, wildcards: Wildcards) -> int:
        return self._asked_mb(self._component(wildcards).mem_mb)

    # steps

    def step_entry(self, wildcards: Wildcards) -> str:
        return self._path(wildcards.model, f"plan/components/{self._parent(wildcards).name}.json")

    def gates_of_step(self, wildcards: Wildcards) -> list[str]:
        gates = self._plan(wildcards).gates_of_step(self._parent(wildcards).name)
        return [self._path(wildcards.model, f"steps/{gate}/PASS") for gate in gates]

    def step_original(self, wildcards: Wildcards) -> str:
        """The parent's file; for a model that is itself a kernel, the user's file."""
        if self._plan(wildcards).root_level == "kernel":
            return str(self.models[wildcards.model])
        return self._path(wildcards.model, self._parent(wildcards).path)

    def step_children(self, wildcards: Wildcards) -> list[str]:
        parent = self._parent(wildcards)
        components = self._plan(wildcards).components
        names = parent.children or (parent.name,)
        return [self._path(wildcards.model, components[name].path) for name in names]

    def emitted_step(self, wildcards: Wildcards) -> str:
        return self._plan(wildcards).emitted[str(self._parent(wildcards).step)]

    def edited_copies(self, wildcards: Wildcards) -> list[str]:
        """Snakemake does not watch the copies in children/, so an edited one is a parameter."""
        return records.edited(self.results / wildcards.model, wildcards.step)

    def step_components(self, wildcards: Wildcards) -> list[str]:
        parent = self._parent(wildcards)
        return sorted({parent.name, *parent.children})

    def step_selftests(self, wildcards: Wildcards) -> list[str]:
        """Of the kernels; parents are tested by the judge of their own step, after this one."""
        components = self._plan(wildcards).components
        names = [n for n in self.step_components(wildcards) if components[n].level == "kernel"]
        return [self._path(wildcards.model, f"selftest/{name}.json") for name in names]

    def verify_mb(self, wildcards: Wildcards) -> int:
        return self._asked_mb(self._parent(wildcards).judgement_mb(self.trials))

    def verify_limit(self, wildcards: Wildcards) -> float:
        return self._seconds(self._parent(wildcards).judgement_mb(self.trials))

    def remember(self, wildcards: Wildcards) -> str:
        """The root's original is also that of the composition, which need not run it again."""
        root = self._plan(wildcards).root
        if self._parent(wildcards).name != root:
            return ""
        return f"--remember {shlex.quote(self.reference(wildcards))}"

    def reference(self, wildcards: Wildcards) -> str:
        """What the root's original gave when its step was judged."""
        return str(Path(self.root_verdict(wildcards)).with_name("reference.json"))

    def root_verdict(self, wildcards: Wildcards) -> str:
        plan = self._plan(wildcards)
        step = plan.components[plan.root].step
        return self._path(wildcards.model, f"steps/{step}/verification_result.json")

    # certificates and the whole model

    def verdict_of(self, wildcards: Wildcards) -> list[str]:
        """Verdict and gate of a component's step; a kernel below the root has none."""
        step = self._component(wildcards).step
        files = ("verification_result.json", "PASS") if step else ()
        return [self._path(wildcards.model, f"steps/{step}/{file}") for file in files]

    def certificates_of_children(self, wildcards: Wildcards) -> list[str]:
        children = self._component(wildcards).children
        return [self._path(wildcards.model, f"certificates/{child}.json") for child in children]

    def root_certificate(self, wildcards: Wildcards) -> str:
        return self._path(wildcards.model, f"certificates/{self._plan(wildcards).root}.json")

    def all_verdicts(self, wildcards: Wildcards) -> list[str]:
        steps = self._plan(wildcards).steps
        return [self._path(wildcards.model, f"steps/{s}/verification_result.json") for s in steps]

    def kernel_files(self, wildcards: Wildcards) -> list[str]:
        components = self._plan(wildcards).components.values()
        return [self._path(wildcards.model, c.path) for c in components if c.level == "kernel"]

    def emitted_composition(self, wildcards: Wildcards) -> str:
        return self._plan(wildcards).emitted["composition"]

    def composition_mb(self, wildcards: Wildcards) -> int:
        return self._asked_mb(self._root(wildcards).judgement_mb(self.trials))

    def composition_limit(self, wildcards: Wildcards) -> float:
        return self._seconds(self._root(wildcards).judgement_mb(self.trials))

    def _seconds(self, estimate_mb: int) -> float:
        return self.time_limit * max(1.0, estimate_mb / ROOM_MB)

    def _asked_mb(self, estimate: int) -> int:
        """What a job asks for. On a cluster, one that takes more is killed, and a Snakemake and a warm process of its
        own count as well."""
        return min(estimate if self.is_local() else 2 * estimate + NODE_MB, self.memory_mb)

    def _path(self, model: str, file: str) -> str:
        return str(self.results / model / file)

    def _root(self, wildcards: Wildcards) -> Component:
        plan = self._plan(wildcards)
        return plan.components[plan.root]

    def _plan(self, wildcards: Wildcards) -> Plan:
        return self.plans()[wildcards.model]

    def _component(self, wildcards: Wildcards) -> Component:
        return _find(self._plan(wildcards).components, wildcards.component, wildcards.model)

    def _parent(self, wildcards: Wildcards) -> Component:
        """The component that a step rewrites."""
        return _find(self._plan(wildcards).steps, wildcards.step, wildcards.model)


def _find(known: Mapping[str, Component], name: str, model: str) -> Component:
    if name not in known:
        raise UnknownTarget(f"the plan of {model} holds no {name}; it holds {', '.join(known)}")
    return known[name]
