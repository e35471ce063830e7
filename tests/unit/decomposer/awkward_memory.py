"""Small models that write where others look: views of one memory, results that grow, inputs that change."""

from __future__ import annotations

import runpy
from pathlib import Path

import torch
from torch import Tensor, nn

from .roots import Case, rows


def from_file(name: str) -> Case:
    """A model that goes through the whole pipeline elsewhere."""
    path = Path(__file__).parents[2] / "workflow" / "awkward" / f"{name}.py"
    space = runpy.run_path(str(path))
    return space["Model"], space["get_inputs"]


class InputsWritten(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor, sums: Tensor) -> Tensor:
        sums[:, 0] += x.sum(-1)
        x.relu_()
        y = self.fc(x)
        sums.add_(y)
        return y.sigmoid() * sums


class OnlyEffects(nn.Module):
    """What nothing reads in this call is there for the next one, or for the caller."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self.register_buffer("seen", torch.zeros(6))

    def forward(self, x: Tensor, log: Tensor) -> Tensor:
        self.steps += 1
        self.seen.add_(x.abs().mean(0))
        log.mul_(0.9).add_(0.1 * x.mean(0))
        return torch.relu(self.fc(x))


class CacheOutput(nn.Module):
    """An output object that is neither a dataclass nor a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> dict[str, object]:
        cache = Cache()
        for _ in range(2):
            x = torch.relu(self.fc(x))
            cache.layers.append(x.exp())
        return {"last": x, "cache": cache}


class Cache:
    def __init__(self) -> None:
        self.layers: list[Tensor] = []
        self.is_full = False
        self._offset = torch.zeros(1)


MEMORY: dict[str, Case] = {
    "views of one memory": from_file("inplace_views"),
    "out= that grows": from_file("out_args"),
    "inputs written": (InputsWritten, lambda: [torch.randn(4, 6), torch.zeros(4, 6)]),
    "effects that nothing reads": (OnlyEffects, lambda: [torch.randn(4, 6), torch.zeros(6)]),
    "a cache as output": (CacheOutput, rows(4, 6)),
}
