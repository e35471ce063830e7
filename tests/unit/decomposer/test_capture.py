"""Capture: every awkward model is recorded so that a replay gives eager's bits, on its own inputs and on fresh ones."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn

from plumbline.decomposer.capture import capture_call, plain_output
from plumbline.decomposer.graph import Domain, Graph, leaves
from plumbline.decomposer.interpreter import replay
from plumbline.decomposer.lint import lint
from plumbline.decomposer.state import named_state

from .awkward import CASES, Branches, OutArgument, TiedWeights


@pytest.fixture(autouse=True)
def _exact() -> None:
    torch.backends.mha.set_fastpath_enabled(False)
    torch.manual_seed(0)


def eager(model: nn.Module, inputs: Any) -> list[torch.Tensor]:
    torch.manual_seed(1)
    with torch.no_grad():
        output = model(**inputs) if isinstance(inputs, Mapping) else model(*inputs)
    return [leaf for leaf in leaves(plain_output(output)) if isinstance(leaf, torch.Tensor)]


def replayed(graph: Graph, model: nn.Module, inputs: Any) -> list[torch.Tensor]:
    torch.manual_seed(1)
    named = inputs if isinstance(inputs, Mapping) else dict(zip(graph.inputs, inputs, strict=True))
    output = replay(graph, named, dict(named_state(model)))
    return [leaf for leaf in leaves(output) if isinstance(leaf, torch.Tensor)]


@pytest.mark.parametrize("name", CASES)
def test_replay_equals_eager(name: str) -> None:
    make, draw = CASES[name]
    model = make().eval()
    captured = draw()
    graph = capture_call(model, captured, "case")
    assert lint(graph) == []
    state = deepcopy(model.state_dict())
    for inputs in (draw(), draw()):
        expected = eager(model, deepcopy(inputs))  # a forward may write into its inputs too
        model.load_state_dict(state)  # a forward may write into its own buffers
        found = replayed(graph, model, inputs)
        model.load_state_dict(state)
        assert len(expected) == len(found)
        for one, other in zip(expected, found, strict=True):
            assert torch.equal(one, other)


def test_python_values_from_tensors_are_listed() -> None:
    graph = capture_call(Branches().eval(), [torch.randn(4, 6)], "case")
    assert [s.target.rsplit(".", 1)[-1] for s in graph.specialisations] == ["item", "__bool__"]
    assert "limit" in graph.specialisations[0].source.text


def test_tied_names_are_one_value() -> None:
    graph = capture_call(TiedWeights().eval(), [torch.randint(0, 10, (2, 5))], "case")
    assert graph.aliases == {"head.weight": "embed.weight"}


def test_a_source_line_is_kept() -> None:
    graph = capture_call(TiedWeights().eval(), [torch.randint(0, 10, (2, 5))], "case")
    assert all(operation.source.file == "awkward.py" for operation in graph.operations)


def test_lint_finds_a_value_used_before_it_is_made() -> None:
    graph = capture_call(TiedWeights().eval(), [torch.randint(0, 10, (2, 5))], "case")
    graph.operations.reverse()
    assert any("is not there" in finding for finding in lint(graph))


def test_memory_that_nobody_has_written_has_no_values() -> None:
    graph = capture_call(OutArgument().eval(), [torch.randn(4, 6)], "case")
    made = graph.operations[0]
    assert made.target == "torch.empty"
    assert graph.values[made.makes[0]].domain == Domain("constant")
