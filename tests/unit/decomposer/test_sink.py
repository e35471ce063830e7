"""Memory that nobody has written: made beside its first use, and no further than what it is like stays the same."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from plumbline.decomposer.capture import capture_call
from plumbline.decomposer.graph import Graph
from plumbline.decomposer.interpreter import replay
from plumbline.decomposer.lint import lint
from plumbline.decomposer.optable import base_name
from plumbline.decomposer.sink import sink


class FilledLate(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        out = torch.empty_like(x)
        hidden = x.exp().sin()
        out[:2] = hidden[:2]
        out[2:] = hidden[2:].cos()
        return out.tanh()


class LikeWhatChanges(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x = x.exp()
        out = torch.empty_like(x)
        x.mul_(2)
        out.copy_(x.sin())
        return out


def names(graph: Graph) -> list[str]:
    return [base_name(operation.target) for operation in graph.operations]


def test_it_stands_before_its_first_writer() -> None:
    x = torch.randn(4, 3)
    graph = sink(capture_call(FilledLate().eval(), [x], "case"))
    order = names(graph)
    assert lint(graph) == []
    assert order[order.index("empty_like") + 1] == "setitem"
    assert torch.equal(replay(graph, {"x": x}, {}), FilledLate()(x))


def test_it_stays_where_what_it_reads_changes() -> None:
    graph = capture_call(LikeWhatChanges().eval(), [torch.randn(4, 3)], "case")
    assert sink(graph) is graph and lint(graph) == []
