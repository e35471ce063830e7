"""Small models that no list of torch functions shows as a whole: modes, transformations, packed sequences."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .roots import Case, rows


class Autocast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(6, 8), nn.Linear(8, 6)
        self.norm = nn.LayerNorm(6)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.down(torch.relu(self.up(x)))
            with torch.autocast("cpu", enabled=False):
                z = y.float() @ x.t()
        result: Tensor = self.norm(z @ x) + y
        return result


class Vectorized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(6, 6))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        def score(a: Tensor, b: Tensor) -> Tensor:
            return torch.dot(a @ self.weight, b).sigmoid()

        return torch.vmap(score)(x, y) + torch.vmap(torch.exp, in_dims=1, out_dims=1)(x).sum(1)


class Tagged(torch.Tensor):
    """A subclass that carries nothing but its type."""


class Subclass(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x.exp().as_subclass(Tagged).relu()
        return (y * 2).as_subclass(torch.Tensor).sin()


class Packed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 4, batch_first=True, bidirectional=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h, _) = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.head(out), h


class ReshapedInPlace(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.exp(x)
        y.unsqueeze_(0)
        return torch.sin(y.t_() if y.dim() == 2 else y.squeeze_(0)) + 1


MODES: dict[str, Case] = {
    "autocast": (Autocast, rows(4, 6)),
    "vmap": (Vectorized, lambda: [torch.randn(5, 6), torch.randn(5, 6)]),
    "a subclass of tensors": (Subclass, rows(4, 6)),
    "packed sequences": (Packed, lambda: [torch.randn(3, 5, 6), torch.tensor([5, 2, 4])]),
    "reshaped in place": (ReshapedInPlace, rows(4, 6)),
}
