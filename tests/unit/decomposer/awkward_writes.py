"""Small models whose writes are easy to lose: into no elements, by operators, through `.data`, under a taken name."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .roots import Case, rows


class NoElements(nn.Module):
    """Two tensors without elements share no memory, though their address is the same."""

    def forward(self, keep: Tensor, order: Tensor, more: Tensor) -> Tensor:
        keep = keep.clone()
        keep[order[2:]] &= more[order[2:]]
        keep[order[8:]] &= more[order[8:]]
        return keep


class Augmented(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        m = a > 0
        m &= b > 0
        m[:, 1:] |= b[:, 1:] > 1
        m ^= a > 1
        n = (a * 10).long()
        n <<= 1
        n //= 3
        n %= 5
        n[0] -= 2
        return m, n, ~m


class PowerIteration(nn.Module):
    """The written state and what is written into it have one name."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(8, 8))
        self.register_buffer("u", F.normalize(torch.randn(8), dim=0))

    def forward(self, x: Tensor) -> Tensor:
        v = F.normalize(self.w.t() @ self.u, dim=0)
        u = F.normalize(self.w @ v, dim=0)
        self.u.copy_(u)
        return F.linear(x, self.w / torch.dot(u, self.w @ v))


class MovingAverage(nn.Module):
    """`w.data` is another tensor object of w's memory, with a count of writes of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        for a, b in zip(self.q.parameters(), self.k.parameters(), strict=True):
            b.data.mul_(0.9).add_(a.data, alpha=0.1)
        return torch.cosine_similarity(self.q(x), self.k(x))


class Imaginary(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.exp(1j * x)
        return (y.sin() * (2 - 0.5j)).abs().log()


class NewMemory(nn.Module):
    """The old name of new_empty."""

    def forward(self, x: Tensor) -> Tensor:
        order = torch.argsort(x, dim=-1)
        back = order.new(*order.size())
        back.scatter_(-1, order, torch.arange(8).expand_as(order))
        return back


class Bits(nn.Module):
    """A view as another dtype reads the same bytes: it computes, as a cast does."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        bits = torch.relu(self.fc(x)).view(torch.int32) & 0x7FFF0000
        return torch.tanh(bits.view(torch.float32))


class Identity(nn.Module):
    """A part that gets the identity matrix could not compute with anything else of zeros and ones."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        normal = torch.distributions.MultivariateNormal(self.fc(x), torch.eye(6))
        return normal.log_prob(torch.zeros(4, 6))


def masks() -> list[Tensor]:
    return [torch.rand(8) > 0.3, torch.randperm(8), torch.rand(8) > 0.5]


WRITES: dict[str, Case] = {
    "writes into no elements": (NoElements, masks),
    "operators in place": (Augmented, lambda: [torch.randn(4, 8), torch.randn(4, 8)]),
    "a state written under its own name": (PowerIteration, rows(3, 8)),
    "a moving average through .data": (MovingAverage, rows(4, 8)),
    "imaginary numbers": (Imaginary, rows(4, 8)),
    "Tensor.new": (NewMemory, rows(4, 8)),
    "a view as another dtype": (Bits, rows(4, 8)),
    "the identity matrix": (Identity, rows(4, 8)),
}
