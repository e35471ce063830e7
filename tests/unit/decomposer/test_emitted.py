"""The printed files run: every part by itself, and every step with the bits of its original."""

from __future__ import annotations

import ctypes
import hashlib
import math
import sys
from copy import deepcopy
from functools import cache
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from plumbline.decomposer import body
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
def entries_of(name: str, large: int = body.LARGE) -> list[Entry]:
    """The entries of a case; ``large``: bytes of a tensor that is freed as soon as it is dead."""
    make, draw = EVERY[name]
    torch.manual_seed(0)
    return plan_graph(capture_call(make().eval(), draw(), "case"), "case", "")[1]


def libraryof(name: str, text: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = f"{name}.py"
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


def parts_of(name: str, large: int = body.LARGE) -> dict[str, ModuleType]:
    """The module of every component that is printed; the model's own file is the author's."""
    entries = [entry for entry in entries_of(name, large) if not entry["authored"]]
    return {entry["name"]: libraryof(entry["name"], component_text(entry)) for entry in entries}


@pytest.mark.parametrize("name", EVERY)
def test_every_part_runs_by_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for part in parts_of(name).values():
        torch.manual_seed(0)
        assert part.run_tests(), capsys.readouterr()


@pytest.mark.parametrize("large", [body.LARGE, 1])
@pytest.mark.parametrize("name", EVERY)
def test_every_step_has_the_bits_of_its_original(
    name: str, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(body, "LARGE", large)
    parts = parts_of(name, large)
    for part in parts.values():
        monkeypatch.setitem(sys.modules, part.__name__, part)
    make, draw = EVERY[name]
    for position, entry in enumerate(entries_of(name, large)):
        if entry["step"]:
            torch.manual_seed(0)
            original = make() if position == 0 else parts[entry["name"]].Model()
            inputs = draw() if position == 0 else parts[entry["name"]].get_inputs()
            refactored = libraryof("refactored", refactored_text(entry)).RefactoredModel()
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


class Normed(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / (torch.sqrt(torch.mean(x**2, dim=1, keepdim=True)) + 1e-5)


def test_a_large_value_is_freed_when_it_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the author's expression, which holds no name of it; the inputs are the caller's."""
    monkeypatch.setattr(body, "LARGE", 4 * 64 * 32)
    graph = capture_call(Normed().eval(), [torch.rand(64, 32)], "case")
    root, *_ = plan_graph(graph, "case", "")[1]
    lines = [line.strip() for line in refactored_text(root).splitlines()]
    start = lines.index("pow_ = self.pow(x)")
    assert lines[start + 1 : start + 3] == ["mean = self.mean(pow_)", "del pow_"]
    assert sum(line.startswith("del ") for line in lines) == 1


def test_the_composition_test_keeps_no_output_and_gives_inputs_that_nobody_touched() -> None:
    text = TEMPLATE.read_text("utf-8")
    namespace: dict[str, Any] = {"WRITTEN": []}
    for library in (torch, hashlib, ctypes, math):
        namespace[library.__name__] = library
    exec(text[text.index("TOLERANCE") : text.index("WRITTEN")], namespace)
    exec(text[text.index("def call(") : text.index("def find")], namespace)
    exec(text[text.index("def run(") : text.index("def main")], namespace)

    class Writes(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x.mul_(2), x.to(torch.bfloat16)

    module = ModuleType("original")
    module.get_inputs = lambda: [torch.randn(2, 3)]  # type: ignore[attr-defined]
    inputs, seen = namespace["observe"](Writes(), module)
    outputs = [inputs[0] * 2, (inputs[0] * 2).bfloat16()]  # the inputs are as they were
    assert [out.digest for out in seen] == [namespace["digest"](out) for out in outputs]
    assert seen[0].digest != namespace["digest"](outputs[0] + 1e-6)
    assert namespace["agree"](outputs, [outputs[0] + 1e-6, outputs[1]])
    assert not namespace["agree"](outputs, [outputs[0] + 1e-2, outputs[1]])
    assert not namespace["agree"](outputs, outputs[:1])
