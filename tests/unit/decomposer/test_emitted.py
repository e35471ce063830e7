"""The printed files run: every part by itself, and every step with the bits of its original."""

from __future__ import annotations

import sys
from copy import deepcopy
from functools import cache
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from plumbline.decomposer.capture import capture_call, plain_output
from plumbline.decomposer.compose import TEMPLATE
from plumbline.decomposer.emit import component_text, refactored_text
from plumbline.decomposer.entries import Entry
from plumbline.decomposer.graph import leaves
from plumbline.decomposer.plan import plan_graph
from plumbline.decomposer.state import named_state

from .awkward import CASES
from .roots import ROOTS
from .test_capture import eager

EVERY = {**CASES, **ROOTS}


@pytest.fixture(autouse=True)
def _exact() -> None:
    torch.backends.mha.set_fastpath_enabled(False)


@cache
def entries_of(name: str) -> list[Entry]:
    make, draw = EVERY[name]
    torch.manual_seed(0)
    return plan_graph(capture_call(make().eval(), draw(), "case"), "case", "")[1]


def module_of(name: str, text: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = f"{name}.py"
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


def parts_of(name: str) -> dict[str, ModuleType]:
    """The module of every component that is printed; the model's own file is the author's."""
    entries = [entry for entry in entries_of(name) if not entry["authored"]]
    return {entry["name"]: module_of(entry["name"], component_text(entry)) for entry in entries}


@pytest.mark.parametrize("name", EVERY)
def test_every_part_runs_by_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for part in parts_of(name).values():
        torch.manual_seed(0)
        assert part.run_tests(), capsys.readouterr()


@pytest.mark.parametrize("name", EVERY)
def test_every_step_has_the_bits_of_its_original(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    parts = parts_of(name)
    for part in parts.values():
        monkeypatch.setitem(sys.modules, part.__name__, part)
    make, draw = EVERY[name]
    for position, entry in enumerate(entries_of(name)):
        if entry["step"]:
            torch.manual_seed(0)
            original = make() if position == 0 else parts[entry["name"]].Model()
            inputs = draw() if position == 0 else parts[entry["name"]].get_inputs()
            refactored = module_of("refactored", refactored_text(entry)).RefactoredModel()
            assert same(original.eval(), refactored.eval(), entry["step"]["weight_map"], inputs)


def same(original: nn.Module, refactored: nn.Module, names: dict[str, str], inputs: Any) -> bool:
    state = dict(named_state(original))
    copies = {new: state[old].detach().clone() for new, old in names.items()}
    refactored.load_state_dict(copies, assign=True)
    expected = eager(original, deepcopy(inputs))
    found = eager(refactored, inputs)
    return len(expected) == len(found) and all(map(torch.equal, expected, found))


def test_the_composition_test_finds_the_tensors_of_an_output_object() -> None:
    make, draw = CASES["a cache as output"]
    output = plain_output(make()(*draw()))
    namespace: dict[str, Any] = {"torch": torch}
    text = TEMPLATE.read_text("utf-8")
    exec(text[text.index("def tensors_of") : text.index("def close")], namespace)
    torch.manual_seed(0)
    found = namespace["tensors_of"](make()(*draw()))
    assert len(found) == sum(isinstance(leaf, torch.Tensor) for leaf in leaves(output)) == 3


def test_the_original_s_output_is_no_memory_that_the_composed_model_could_write() -> None:
    text = TEMPLATE.read_text("utf-8")
    namespace: dict[str, Any] = {"torch": torch, "WRITTEN": []}
    exec(text[text.index("def call(") : text.index("def find")], namespace)
    exec(text[text.index("def run(") : text.index("def close")], namespace)
    exec(text[text.index("def draw(") : text.index("def prepare")], namespace)
    exec(text[text.index("def observe") : text.index("def some")], namespace)

    class HandsThrough(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x.view(6), x + 1

    class Writes(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.mul_(2)

    module = ModuleType("original")
    module.get_inputs = lambda: [torch.randn(2, 3)]  # type: ignore[attr-defined]
    inputs, outputs = namespace["observe"](HandsThrough(), module)
    assert outputs[0].untyped_storage().data_ptr() != inputs[0].untyped_storage().data_ptr()
    inputs, outputs = namespace["observe"](Writes(), module)
    assert torch.equal(outputs[0], inputs[0] * 2)  # the inputs are as they were
