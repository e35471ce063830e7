"""Small models that write where others look: views of one memory, results that grow, inputs that change."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .roots import Case, rows


class ViewsOfOneMemory(nn.Module):
    """Written through one view, read through another, in parts that hold only one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        y[..., 0].mul_(2)
        a, b = y.chunk(2, -1)
        a += 1
        b.clamp_(min=0)
        y.view(-1)[::3] = 0.5
        z = y.unsqueeze(0)
        z[0, y > 1] = -1
        y.diagonal().fill_(3.0)
        y[[0, 1]] += 1.0
        return z.sum(0) + a.sum() + torch.relu_(y.clone())


class OutThatGrows(nn.Module):
    """`out=` gives an empty tensor another memory."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        buffer = torch.empty(0)
        torch.cat([x, x.exp()], 1, out=buffer)
        torch.add(buffer, 1.0, out=buffer)
        values, indices = torch.empty(4), torch.empty(4, dtype=torch.long)
        torch.max(buffer, 1, out=(values, indices))
        return buffer.sin(), values, indices


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
    "views of one memory": (ViewsOfOneMemory, rows(8, 8)),
    "out= that grows": (OutThatGrows, rows(4, 6)),
    "inputs written": (InputsWritten, lambda: [torch.randn(4, 6), torch.zeros(4, 6)]),
    "effects that nothing reads": (OnlyEffects, lambda: [torch.randn(4, 6), torch.zeros(6)]),
    "a cache as output": (CacheOutput, rows(4, 6)),
}
