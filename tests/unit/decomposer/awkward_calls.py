"""Small models whose calls are hard to write down: odd arguments, odd names, odd constructors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .roots import Case, rows


class PythonTypesAsDtypes(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        mask = torch.tril(torch.ones(4, 4, dtype=bool))  # type: ignore[call-overload]
        steps = torch.arange(6).type(torch.DoubleTensor)
        return x.masked_fill(~mask, 0.0).to(float) @ steps[:4] + torch.mm(x, x.t()).double()


class SecondArgumentsByKeyword(nn.Module):
    """Its constructor has a name of its own before one that all modules share."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = nn.Bilinear(4, 4, 4)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.pair(x, x.tanh()).relu()
        return result


class SizesFromValues(nn.Module):
    """How many rows there are depends on what is computed."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(4, 3)
        self.experts = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        chosen = self.gate(x).softmax(-1).argmax(-1)
        out = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            rows = torch.where(chosen == number)[0]
            out.index_add_(0, rows, expert(x[rows]).relu())
        return out


DRAWN = torch.tensor([[1, 0, 0, 1, 1], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0]]).bool()


class ArraysAndLateModules(nn.Module):
    """Constants from numpy, and a module that is made in forward."""

    def forward(self, x: Tensor) -> Tensor:
        window = torch.from_numpy(np.hanning(6).astype("float32"))
        steps = torch.as_tensor(np.linspace(0, 1, 6), dtype=torch.float32)
        result: Tensor = nn.LayerNorm(6)(x * window + steps).relu()
        return result


class PrivateChecks(nn.Module):
    """torch.distributions looks at its arguments with a private function, on which no output depends."""

    def forward(self, x: Tensor) -> Tensor:
        noise: Tensor = torch.distributions.Normal(x, x.exp()).rsample()
        return x.sin() + noise


class SizesFromMasks(nn.Module):
    """Rows are picked by a mask, computed apart, and put back."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        rows, columns = torch.where(mask)
        y = self.fc(x[mask]).relu()
        out = torch.zeros_like(x)
        out[rows, columns] = y
        return out, y.exp().sum(0)


CALLS: dict[str, Case] = {
    "Python types as dtypes": (PythonTypesAsDtypes, rows(4, 4)),
    "second arguments by keyword": (SecondArgumentsByKeyword, rows(3, 4)),
    "sizes from masks": (SizesFromMasks, lambda: [torch.randn(3, 5, 4), DRAWN]),
    "sizes from values": (SizesFromValues, rows(12, 4)),
    "private checks": (PrivateChecks, rows(3, 6)),
    "arrays and late modules": (ArraysAndLateModules, rows(3, 6)),
}
