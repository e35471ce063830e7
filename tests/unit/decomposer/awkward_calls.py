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


class ArraysAndLateModules(nn.Module):
    """Constants from numpy, and a module that is made in forward."""

    def forward(self, x: Tensor) -> Tensor:
        window = torch.from_numpy(np.hanning(6).astype("float32"))
        steps = torch.as_tensor(np.linspace(0, 1, 6), dtype=torch.float32)
        result: Tensor = nn.LayerNorm(6)(x * window + steps).relu()
        return result


CALLS: dict[str, Case] = {
    "Python types as dtypes": (PythonTypesAsDtypes, rows(4, 4)),
    "second arguments by keyword": (SecondArgumentsByKeyword, rows(3, 4)),
    "arrays and late modules": (ArraysAndLateModules, rows(3, 6)),
}
