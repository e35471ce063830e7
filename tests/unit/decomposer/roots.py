"""Models of at most one operation, with arithmetic, plumbing and nesting around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Case = tuple[Callable[[], nn.Module], Callable[[], Any]]


class ArithmeticAround(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * x / (1 + torch.norm(x - 1, p=2, dim=1, keepdim=True))


class ArithmeticAlone(nn.Module):
    def forward(self, x: Tensor, scale: float) -> Tensor:
        return (x * scale + x) / 3


class TransposedOperand(nn.Module):
    """Its operation reads the second input first."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.matmul(a, b.T)


class NestedAround(nn.Module):
    def forward(self, batch: dict[str, Tensor]) -> dict[str, Any]:
        return {"out": torch.softmax(batch["x"] * 2, -1), "kept": [batch["y"], None]}


class PlumbingAlone(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.view(2, 2, 6).transpose(1, 2), x


class Identity(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class ParameterAlone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, 6))

    def forward(self, x: Tensor) -> Tensor:
        return self.query.expand(x.shape[0], -1)


class ParameterBeside(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, 6))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.query.expand(x.shape[0], -1), torch.relu(x)


def rows(*shape: int) -> Callable[[], list[Any]]:
    return lambda: [torch.randn(*shape)]


ROOTS: dict[str, Case] = {
    "arithmetic around one operation": (ArithmeticAround, rows(4, 6)),
    "arithmetic alone": (ArithmeticAlone, lambda: [torch.randn(4, 6), 1.5]),
    "a transposed operand": (TransposedOperand, lambda: [torch.randn(4, 6), torch.randn(5, 6)]),
    "nesting around one operation": (
        NestedAround,
        lambda: [{"x": torch.randn(3, 4), "y": torch.randn(2)}],
    ),
    "plumbing alone": (PlumbingAlone, rows(4, 6)),
    "identity": (Identity, rows(4, 6)),
    "a parameter alone": (ParameterAlone, rows(4, 6)),
    "a parameter beside one operation": (ParameterBeside, rows(4, 6)),
}
