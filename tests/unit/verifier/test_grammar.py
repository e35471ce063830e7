"""The grammars take all of the plumbing, and name what they refuse."""

from pathlib import Path

import pytest

from plumbline.verifier import scope
from plumbline.verifier.files import Source
from plumbline.verifier.grammar import check_refactored
from plumbline.verifier.grammar_components import check_component
from plumbline.verifier.kernels import size_names

FILE = """
import torch
import torch.nn as nn
from block import Model as Block
from children.head import Model as Head

SCALE = 0.125


class RefactoredModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block() for _ in range(3)])
        self.pair = nn.ModuleList([Block(), Head()])
        self.head = Head()
        self.again = self.head
        self.scale = 0.5

    def forward(self, x, mask=None, *, y):
        LINE
        return x


def get_inputs():
    INPUTS
"""
COMPONENT = """
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3))
        self.register_buffer("mask", torch.ones(3).tril() if False else torch.ones(3))

    def forward(self, x):
        LINE
        return x


def get_inputs():
    return [torch.randn(3)]
"""


def violations(text: str) -> list[str]:
    return [
        str(one) for one in check_refactored(Source(Path("refactored.py"), text, "")).violations
    ]


def with_line(line: str, inputs: str = "return [torch.randn(2)]") -> str:
    return FILE.replace("LINE", line).replace("INPUTS", inputs)


PLUMBING = [
    "x = self.head(x, mask=y)", "x, z = self.head(x)", "x, (h, c) = self.head(x)",
    "x = self.pair[1](x)", "for block in self.blocks:\n            x = block(x)",
    "for i, block in enumerate(self.blocks):\n            x = block(x)",
    "for a, b in zip(self.blocks, self.pair):\n            x = b(a(x))",
    "for i in range(3):\n            x = self.blocks[i](x)", "x = self.again(x)",
    "x = x * SCALE + y", "x = x * self.scale", "x += y", "x = -x / 2 - y",
    "x = x.view(1, 2, -1).transpose(1, 2)", "x = x.reshape(x.shape[0], x.size(1) * 2)",
    "b, c = x.shape\n        x = x.view(b * c)", "n = x.shape[0] // 2\n        x = x[:n]",
    "x = x[:, None, ..., -1]", "x = torch.cat([x, y], dim=-1)", "x = torch.stack((x, y))",
    "a, b = x.chunk(2, dim=1)", "a, b = torch.split(x, [1, 1])", "x = x.unbind(0)[0]",
    "x = x.contiguous(memory_format=torch.channels_last)", "x = x.expand(-1, 2).clone()",
    "x = x.permute(*(0, 1))", "x = x.T", "x = x.flatten(1).unflatten(0, (1, 1)).squeeze(0).unsqueeze(0)",
    "x = x.movedim(0, 1).narrow(0, 0, 1).select(0, 0)", 'z = {"a": x, "b": [(x, None)]}',
    'x = self.head(x)["logits"]', "sum = self.head(x)", "del y", "pass", "self.head(x)",
    "x: torch.Tensor = self.head(x)", "softmax_note = x  # softmax",
]  # fmt: skip


@pytest.mark.parametrize("line", PLUMBING)
def test_takes_plumbing(line: str) -> None:
    assert violations(with_line(line)) == []


INPUTS = [
    "return [torch.randint(0, 50257, (1, 256)), torch.randn(1, 2) * 0.5, 3, None, {'mask': torch.zeros(2)}]",
    "return [torch.ones(8, 8).tril(), torch.rand(2, 3) < 0.5]",
    "return [torch.randn(2, 3, dtype=torch.bfloat16).transpose(0, 1)]",
    "return [torch.full((2, 2), float('-inf')).triu(1)]",
    "torch.manual_seed(0)\n    x = torch.arange(4).expand(2, 4)\n    return [x, x.to(torch.float32)]",
    "return [torch.randn(2) for _ in range(3)]",
    "return {'x': torch.randn(2)}",
    "return [torch.randn(6).as_strided((2, 2), (3, 1)), (torch.zeros(1), [torch.ones(1)])]",
]


@pytest.mark.parametrize("inputs", INPUTS)
def test_takes_factory_calls(inputs: str) -> None:
    assert violations(with_line("pass", inputs)) == []


@pytest.mark.parametrize(
    "line",
    ["x = F.relu(x)", "x = x[y]", "x = x // 2", "x = x.sum()", "n = x + 1\n        x = x[n]",
     "x = self.scale(x)", "x = self.blocks(x)", "x = y.shape(x)", "block = self.head\n        x = block(x)"],
)  # fmt: skip
def test_refuses_computing(line: str) -> None:
    assert violations(with_line(line))


def test_names_place_and_rule() -> None:
    (violation,) = violations(with_line("x = torch.relu(x)"))
    assert violation == "refactored.py:20: torch.relu(x) computes outside a child [compute]"


@pytest.mark.parametrize(
    "line",
    ["x = F.softmax(x, dim=-1) @ self.w", "x = torch.einsum('a,a->a', x, x)", "x[:, 0] = 1",
     "input = x\n        x = input.relu_()", "x = torch.functional.einsum('a->a', x)",
     "sum = x.sum()", "x = x * math.sqrt(2)", "for i in range(3):\n            x = x + i",
     "x = torch.finfo(x.dtype).min + x", "y = [t for t in x]\n        x = torch.stack(y)",
     "x = x if self.training else -x", "assert x.dim() == 1, f'{x.shape}'", "x = nn.functional.gelu(x)",
     "x = torch.fft.rfft(x)", "x = torch.linalg.norm(x)", "x = x.to(torch.float16).type_as(x)"],
)  # fmt: skip
def test_components_may_compute(line: str) -> None:
    found = check_component(Source(Path("child.py"), COMPONENT.replace("LINE", line), ""))
    assert [str(one) for one in found.violations] == []


@pytest.mark.parametrize(
    "line",
    ["x = [0 for open in x]\n        open('x')", "x = torch.load('x')", "x = torch._C.foo", "import os",
     "x = torch.nn.Module.__call__", "x = F.torch.load('x')", "x = nn.modules", "y = id(x)"],
)  # fmt: skip
def test_components_may_not_reach_out(line: str) -> None:
    found = check_component(Source(Path("child.py"), COMPONENT.replace("LINE", line), ""))
    assert found.violations


def test_gives_up_where_branches_and_names_have_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "PATIENCE", -1.0)
    found = violations(with_line("if x.dim() == 2:\n            x = x"))
    assert any("too many branches" in one for one in found)


def test_size_names_of_a_long_chain_are_given_up() -> None:
    chain = [*(f"v{i} = 1" for i in range(2, 99)), *(f"v{i} = v{i - 1}" for i in range(98, 1, -1))]
    lines = "\n        ".join([*chain, "v1 = x", "y = 2 * 3", "x = F.relu(x)"])
    component = check_component(Source(Path("c.py"), COMPONENT.replace("LINE", lines), ""))
    assert component.model is not None
    assert size_names(component.model) == set()
