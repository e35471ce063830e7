"""Small models, each with one thing that is easy to record wrongly. `Case(model, inputs)`; all run in eval mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .awkward_calls import CALLS
from .awkward_memory import MEMORY
from .awkward_modes import MODES
from .awkward_writes import WRITES
from .roots import Case, rows


class InPlaceThroughView(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x * 2
        y[:, 1:3] = torch.sigmoid(x[:, :2])
        row = y[0]
        row += 1
        row.mul_(x[1])
        return y.relu_() + row


class StaleView(nn.Module):
    """A view taken before a write is read after it."""

    def forward(self, x: Tensor) -> Tensor:
        base = torch.zeros(4, 6)
        view = base[:2]
        base.copy_(x)
        base.clamp_(min=0)
        return view.exp()


class OutArgument(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        out = torch.empty(4, 6)
        torch.sin(x, out=out)
        return torch.cos(out)


class TiedWeights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids: Tensor) -> Tensor:
        return F.softmax(self.head(torch.tanh(self.embed(ids))), dim=-1)


class CalledTwice(nn.Module):
    """One module at two shapes: two components that share their weights."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(6)
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        first = self.fc(self.norm(x)).relu()
        return self.fc(self.norm(first[:2])).relu().sum(0) + first


class RawParameters(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, 8))
        self.position = nn.Parameter(torch.randn(1, 10, 8))
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(8, 8)) for _ in range(2)])
        self.scale = nn.ParameterDict({"gain": nn.Parameter(torch.ones(8))})

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        x = x + self.position[:, : x.shape[1]]
        for weight in self.weights:
            x = torch.tanh(x @ weight.t())
        return x * self.scale["gain"]


class PlainAttributes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = torch.arange(6).flip(0)
        self.blocks = [nn.Linear(6, 6), nn.Linear(6, 6)]
        self.scales = {"a": torch.full((6,), 0.5)}

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x).relu()
        return x[:, self.table] * self.scales["a"]


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


@dataclass
class Output:
    logits: Tensor
    hidden: tuple[Tensor, ...]
    nothing: Tensor | None = None


class NestedOutput(nn.Module):
    def forward(self, x: Tensor, scale: float, extra: dict[str, Any]) -> Any:
        y = torch.sigmoid(x) * scale + extra["bias"][0]
        return Output(logits=y.softmax(-1), hidden=(y, torch.exp(x)))


class KeywordInputs(nn.Module):
    def forward(self, x: Tensor, *, mask: Tensor) -> dict[str, Any]:
        return {"y": x.masked_fill(mask, 0.0).cumsum(-1), "none": None, "pair": [x.relu(), (mask,)]}


class Strided(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x.transpose(0, 1)[:, ::2]).contiguous() * F.gelu(x[:, 1:4]).sum()


class Branches(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        limit = int(x.abs().sum().item()) % 3 + 2
        if x.sum() > 1e9:
            return x
        return torch.exp(x[:, :limit])


class RandomDraws(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        noise = torch.randn_like(x)
        return F.dropout(x + noise * 0.1, 0.5, training=True) * torch.rand(6)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(16, 4)

    def forward(self, x: Tensor) -> Any:
        y, (h, c) = self.lstm(x.unsqueeze(0))
        z, last = self.gru(y)
        return z.tanh(), h + c, last


class ComplexNumbers(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x, dim=-1)
        return (
            torch.fft.irfft(spectrum * torch.polar(torch.ones(4), torch.arange(4.0)), n=6)
            + spectrum.abs().sum()
        )


class HalfPrecision(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6, dtype=torch.bfloat16)
        self.norm = nn.LayerNorm(6)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.fc(x.to(torch.bfloat16)).float()).half()


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2
        )

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.encoder(x)
        return output


class Factories(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        steps = (
            torch.arange(length, device=x.device)[None]
            * torch.tensor([2.0, 3.0], dtype=x.dtype)[:, None]
        )
        return F.softmax(x[:, None, :] + mask, dim=-1).sum(1) + steps.sum(0).view_as(x[0]).type_as(
            x
        )


class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        from torch.utils.checkpoint import checkpoint

        with torch.no_grad():
            x = x.exp()
        result: Tensor = checkpoint(lambda v: self.fc(v).relu(), x, use_reentrant=False)
        return result


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # type: ignore[override]
        return torch.sin(x) * 2

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return grad


class CustomFunction(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = Doubled.apply(x).tanh()
        return result


class Parametrized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.utils.parametrizations.weight_norm(nn.Linear(6, 4))
        self.conv = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.conv(self.fc(x)).relu()
        return result


class BufferUpdated(nn.Module):
    """A buffer and a parameter of a leaf are written in forward, and read after it."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros(2, 6))
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        self.steps[0] = x.sum(0)
        self.steps += 1
        with torch.no_grad():
            self.fc.weight.div_(2)
        return self.fc(x).relu() * self.steps.sum()


class Slices(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x[:, 1:3]) + torch.sin(x[..., None, -2:][:, 0]) + x[:, [0, 2]].cos()


CASES: dict[str, Case] = {
    **CALLS,
    **MEMORY,
    **MODES,
    **WRITES,
    "in-place through a view": (InPlaceThroughView, rows(4, 6)),
    "a view read after a write to its base": (StaleView, rows(4, 6)),
    "out=": (OutArgument, rows(4, 6)),
    "tied weights": (TiedWeights, lambda: [torch.randint(0, 10, (2, 5))]),
    "a module called twice": (CalledTwice, rows(4, 6)),
    "raw parameters": (RawParameters, rows(2, 5, 8)),
    "plain attributes and lists": (PlainAttributes, rows(4, 6)),
    "dataclass output, number and dict inputs": (
        NestedOutput,
        lambda: [torch.randn(3, 4), 0.5, {"bias": [torch.randn(4)]}],
    ),
    "keyword inputs": (
        KeywordInputs,
        lambda: {"x": torch.randn(3, 4), "mask": torch.rand(3, 4) < 0.5},
    ),
    "strides": (Strided, rows(6, 6)),
    "random draws": (RandomDraws, rows(4, 6)),
    "recurrent modules": (Recurrent, rows(5, 6)),
    "complex numbers": (ComplexNumbers, rows(4, 6)),
    "half precision": (HalfPrecision, rows(4, 6)),
    "composite modules": (Attention, rows(2, 5, 8)),
    "factories and masks": (Factories, rows(4, 6)),
    "checkpoint and no_grad": (Checkpointed, rows(4, 6)),
    "a custom autograd function": (CustomFunction, rows(4, 6)),
    "buffers and weights written in forward": (BufferUpdated, rows(4, 6)),
    "slices": (Slices, rows(4, 6)),
    "parametrizations": (Parametrized, rows(4, 6)),
}
