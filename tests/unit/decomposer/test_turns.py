"""Models that are one run: loops over time and over lists of modules, and flat forwards, are cut into equal layers."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from .test_layers import children, entries_of

X = torch.randn(2, 4, 8)


class Cell(nn.Module):
    """A loop over time of two products a turn, and nothing else."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns, self.inner, self.outer = turns, nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs = []
        for _ in range(self.turns):
            x = torch.tanh(self.inner(x))
            outputs.append(self.outer(x))
        return torch.stack([*outputs, x])


def test_a_loop_over_time_is_a_loop_over_equal_layers() -> None:
    entries = entries_of(Cell(24), X)
    assert entries["model"]["level"] == "model"
    assert set(children(entries).values()) == {24}


class Injected(nn.Module):
    """Turns of two operations, each of which adds what the loop began with."""

    def __init__(self, turns: int, before: bool) -> None:
        super().__init__()
        self.turns, self.first = turns, nn.Linear(8, 8) if before else None
        self.weight = nn.Parameter(torch.randn(8, 8))

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        h = self.first(x) if self.first else h
        for _ in range(self.turns):
            h = torch.tanh(h @ self.weight + x)
        return h


def test_every_turn_of_a_loop_is_cut_alike() -> None:
    entries = entries_of(Injected(20, before=True), X, X)
    loop = next(name for name in children(entries) if entries[name]["level"] == "layer")
    assert [*children(entries, loop).values()] == [20]


@pytest.mark.parametrize("turns", [24, 10, 11])
def test_small_turns_stand_together_in_layers_of_equal_size(turns: int) -> None:
    entries = entries_of(Injected(turns, before=False), X, X)
    counted = children(entries)
    sizes = [len(entries[name]["operations"]) for name in counted for _ in range(counted[name])]
    assert sum(sizes) == 2 * turns and max(sizes) <= 15 and min(sizes) >= 6
    assert max(sizes) - min(sizes) <= 2 * (turns % 2)


class Paired(nn.Module):
    """A loop over lists of modules that belong together by their places."""

    def __init__(self) -> None:
        super().__init__()
        for name, inner, outer in (
            ("norms", 0, 0),
            ("ups", 8, 16),
            ("gates", 8, 16),
            ("downs", 16, 8),
        ):
            make = (lambda i, o: nn.Linear(i, o)) if inner else (lambda i, o: nn.LayerNorm(8))
            setattr(self, name, nn.ModuleList([make(inner, outer) for _ in range(6)]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for norm, up, gate, down in zip(self.norms, self.ups, self.gates, self.downs, strict=True):
            y = norm(x)
            x = x + down(F.silu(gate(y)) * up(y)).relu()
        return x


def test_a_turn_over_lists_of_modules_is_one_block() -> None:
    assert [*children(entries_of(Paired(), X)).values()] == [6]


class Held(nn.Module):
    """Blocks that are dictionaries of modules, an attention of torch.nn among them."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"norm": nn.LayerNorm(8), "attention": nn.MultiheadAttention(8, 2), "up": nn.Linear(8, 8),
                           "down": nn.Linear(8, 8)}) for _ in range(4)
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            y = block["norm"](x)
            x = x + block["attention"](y, y, y, need_weights=False)[0]
            x = x + block["down"](F.gelu(block["up"](x)))
        return x


def test_a_block_in_a_dictionary_is_one_block() -> None:
    assert [*children(entries_of(Held(), X)).values()] == [4]


class Grown(nn.Module):
    """Six blocks of four operations, each of which reads what all before it have made."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(8 + 4 * i), nn.ReLU(), nn.Conv2d(8 + 4 * i, 4, 1), nn.Dropout())
            for i in range(6)
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


def test_a_run_of_small_modules_is_cut_between_them() -> None:
    entries = entries_of(Grown(), torch.randn(1, 8, 4, 4))
    assert entries["model"]["level"] == "model"
    assert [len(entries[name]["operations"]) for name in children(entries)] == [12, 12]


class Counting(nn.Module):
    """Norms that are left in training, and count their batches."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.b1, self.c2, self.b2 = (
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3), nn.BatchNorm2d(4),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for norm in (self.b1, self.b2):
            norm.train()
        return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))))


def test_a_count_of_batches_does_not_divide_a_fusion() -> None:
    names = children(entries_of(Counting(), torch.randn(2, 3, 8, 8)))
    assert {"conv_bn_relu_3x8", "conv_bn_relu_8x4"} <= set(names)


class Logic(nn.Module):
    """Operations whose names are keywords of Python."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x > 0) & (x < 1) & ~x.isnan()


def test_a_keyword_in_a_name_is_a_plain_word() -> None:
    entries = entries_of(Logic(), X)
    assert not any("__" in name for name in entries)
    assert any(name.startswith("and_") for name in entries)


class Repeated(nn.Module):
    """Equal fusions of one layer, each with its own weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for linear in (self.first, self.second, self.third):
            x = linear(x).relu()
        return x


def test_the_list_of_equal_fusions_has_no_size_in_its_name() -> None:
    (fusion,) = entries_of(Repeated(), X)["model"]["step"]["children"]
    assert (fusion["name"], fusion["attribute"]) == ("linear_relu_8x8", "linear_relus")


class Indexed(nn.Module):
    """A loop whose turns look at another place of the input each, and at the same places again."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.zeros_like(x[:, 0])
        for step in range(16):
            h = torch.tanh(self.cell(h) + x[:, step % 4])
        return h


def test_a_turn_is_fused_across_the_place_that_it_looks_at() -> None:
    entries = entries_of(Indexed(), torch.randn(2, 4, 8))
    assert [name for name, entry in entries.items() if entry["level"] == "fusion"] == [
        "linear_tanh_8x8"
    ]
