"""Which calls are one component, whatever their spelling, and which are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from .test_layers import entries_of

Call = Callable[[torch.Tensor], torch.Tensor]
X = torch.rand(4, 16) + 0.5


class Two(nn.Module):
    """Two calls at equal shapes, with a product between them."""

    def __init__(self, first: Call, second: Call) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.between = nn.Bilinear(16, 16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.first(x)
        b = self.second(x)
        return self.between(a, b)


def kernels(first: Call, second: Call) -> int:
    """How many components the two calls are."""
    entries = entries_of(Two(first, second), X)
    return sum(entry["level"] == "kernel" for entry in entries.values()) - 1


SAME: dict[str, tuple[Call, Call]] = {
    "silu": (F.silu, nn.SiLU()),
    "log": (torch.log, lambda x: x.log()),
    "sigmoid": (torch.sigmoid, lambda x: x.sigmoid()),
    "elu": (lambda x: F.elu(x, 0.5), nn.ELU(alpha=0.5)),
    "softmax": (lambda x: torch.softmax(x, -1), nn.Softmax(dim=-1)),
    "softmax of a tensor": (lambda x: F.softmax(x, dim=-1), lambda x: x.softmax(-1)),
    "default": (lambda x: F.leaky_relu(x, 0.01), nn.LeakyReLU()),
    "power": (lambda x: x**2, lambda x: x.pow(2)),
    "product": (lambda x: x @ x.mT @ x, lambda x: torch.matmul(torch.matmul(x, x.mT), x)),
}
DIFFERENT: dict[str, tuple[Call, Call]] = {
    "slope": (lambda x: F.leaky_relu(x, 0.2), nn.LeakyReLU()),
    "approximation": (F.gelu, nn.GELU(approximate="tanh")),
    "dimension": (lambda x: torch.softmax(x, 0), nn.Softmax(dim=-1)),
    "exponent": (lambda x: x**2, lambda x: x.pow(2.0)),
}


@pytest.mark.parametrize("name", SAME)
def test_one_operation_in_two_spellings_is_one_component(name: str) -> None:
    first, second = SAME[name]
    assert kernels(first, second) == kernels(first, first)


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_setting_is_another_component(name: str) -> None:
    first, second = DIFFERENT[name]
    assert kernels(first, second) == kernels(first, first) + 1


def test_the_first_instance_is_the_one_that_is_printed() -> None:
    entries = entries_of(Two(nn.SiLU(), F.silu), X)
    (silu,) = (entry for name, entry in entries.items() if name.startswith("silu"))
    assert "nn.SiLU()" in str(silu) and "F.silu" not in str(silu)


class Products(nn.Module):
    """A functional product beside a module."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(16, 16, bias=bias), nn.Linear(16, 16)
        self.between = nn.Bilinear(16, 16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = F.linear(x, self.first.weight, self.first.bias)
        return self.between(first, self.second(torch.tanh(x)))


def test_a_product_with_parameters_is_the_module_that_owns_them() -> None:
    names = [name for name in entries_of(Products(bias=True), X) if name.startswith("linear")]
    assert names == ["linear_16x16"]


def test_what_has_no_bias_says_so() -> None:
    names = [name for name in entries_of(Products(bias=False), X) if name.startswith("linear")]
    assert sorted(names) == ["linear_16x16", "linear_16x16_no_bias"]
