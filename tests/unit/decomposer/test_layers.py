"""Where layers are cut: blocks, small blocks, siblings, stacks and heads, turns of loops; and what they are called."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from plumbline.decomposer.capture import capture_call
from plumbline.decomposer.entries import Entry
from plumbline.decomposer.plan import plan_graph
from plumbline.decomposer.regions import Region, find_circle
from plumbline.decomposer.words import snake

X = torch.randn(2, 8)


def entries_of(model: nn.Module, *inputs: torch.Tensor) -> dict[str, Entry]:
    torch.manual_seed(0)
    graph = capture_call(model.eval(), [*inputs], "model")
    return {entry["name"]: entry for entry in plan_graph(graph, "model", "")[1]}


def children(entries: dict[str, Entry], name: str = "model") -> Counter[str]:
    counted: Counter[str] = Counter()
    for child in entries[name]["step"]["children"]:
        counted[child["name"]] += child["count"]
    return counted


class Double(nn.Sequential):
    def __init__(self, first: int, last: int) -> None:
        super().__init__(nn.Conv2d(first, last, 3), nn.ReLU(), nn.Conv2d(last, last, 3), nn.ReLU())


class SmallBlocks(nn.Module):
    """Blocks of four operations that have a name, with a pool between and skips around them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third, self.fourth = (
            Double(1, 2), Double(2, 3), Double(3, 4), Double(4, 5),
        )  # fmt: skip
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = self.first(x)
        other = self.second(self.pool(skip))
        return self.fourth(self.third(self.pool(other))).mean() + skip.mean() + other.mean()


def test_a_small_block_that_is_repeated_is_a_layer_and_a_pool_joins_what_follows() -> None:
    found = list(children(entries_of(SmallBlocks(), torch.randn(1, 1, 48, 48))))
    assert found[:3] == ["double", "maxpool_double_2x3", "maxpool_double_3x4"]


class Branches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.left = nn.Sequential(nn.Linear(width, 8), nn.ReLU())
        self.right = nn.Sequential(
            nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU()
        )
        self.third = nn.Sequential(
            nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU()
        )
        self.fourth = nn.Sequential(nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.left(x), self.right(x), self.third(x), self.fourth(x)], dim=-1)


class Siblings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = Branches(8), Branches(32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(self.a(x))


def test_siblings_of_one_class_stay_whole() -> None:
    assert children(entries_of(Siblings(), X)) == {"branches_8x8": 1, "branches_32x8": 1}


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(8, 4), nn.Linear(8, 4), nn.Linear(8, 4)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.query(x) @ self.key(x).transpose(-2, -1)
        return self.dropout(torch.softmax(scores, dim=-1)) @ self.value(x)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList([Head() for _ in range(2)])
        self.norm, self.up, self.down = nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + torch.cat([head(x) for head in self.heads], dim=-1)
        return x + self.down(F.gelu(self.up(self.norm(x))))


def test_heads_are_parts_of_their_block_and_blocks_of_their_stack() -> None:
    entries = entries_of(nn.Sequential(*[Block() for _ in range(3)]), X)
    assert children(entries) == {"block": 3}
    assert "linear_query_key_8x4" in entries or "linear_query_key_value_8x4" in entries


class Cell(nn.Module):
    """A loop over time, whose turns have the size of a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.gate, self.out = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = torch.zeros(2, 8)
        for t in range(4):
            gate = torch.sigmoid(self.gate(x[:, t]) + self.wide(state))
            state = torch.tanh(self.out(gate * state)).clamp(-0.9, 0.9)
        return state


def test_turns_of_a_loop_are_equal_layers_and_slices_stay_outside() -> None:
    entries = entries_of(Cell(), torch.randn(2, 4, 8))
    assert sorted(children(entries).values()) == [1, 4]
    assert any("x[:, 3]" in line for line in entries["model"]["step"]["forward"])


class Scan(nn.Module):
    """A loop over time, whose turns are too small for a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, states = torch.relu(self.up(x)), []
        state = x[:, 0]
        for t in range(20):
            state = torch.tanh(state + x[:, t])
            states.append(state)
        return self.down(torch.stack(states, dim=1))


def test_a_loop_of_small_turns_is_one_layer() -> None:
    entries = entries_of(Scan(), torch.randn(2, 20, 8))
    layer = max(
        (e for e in entries.values() if e["level"] == "layer"), key=lambda e: len(e["operations"])
    )
    assert layer["operations"] == ["tanh"] * 20 and "all turns" in layer["reason"]


class FlattenBetween(nn.Module):
    """A pool too small to stay alone, a reshape that nobody owns, and a block that takes the pool in."""

    def __init__(self) -> None:
        super().__init__()
        features: list[nn.Module] = []
        for _ in range(5):
            features += [nn.Conv2d(2, 2, 3, padding=1), nn.ReLU()]
        self.features = nn.Sequential(*features)
        self.pool = nn.AdaptiveAvgPool2d(2)
        linear = [nn.Linear(8, 8) for _ in range(4)]
        self.classifier = nn.Sequential(*(part for fc in linear for part in (fc, nn.Tanh())))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


def test_what_stands_between_joined_pieces_comes_along() -> None:
    entries = entries_of(FlattenBetween(), torch.randn(1, 2, 8, 8))
    assert [entries[name]["level"] for name in children(entries)] == ["layer", "layer"]


def test_parts_that_feed_one_another_are_found() -> None:
    """0 -> 1 -> 2: what holds 0 and 2 waits for 1, and 1 for it."""
    before: list[set[int]] = [set(), {0}, {1}, {2}]
    around = Region("layer", [0, 2], "")
    assert find_circle([around, 1, 3], before) == [0, 1]
    assert find_circle([Region("layer", [0, 1], ""), 2, 3], before) == []


class AllKept(nn.Module):
    """Eighteen operations, each of whose results is read at the end: nowhere is the flow narrow."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        made = [x]
        for _ in range(9):
            made += [torch.tanh(made[-1]), torch.softmax(made[-1], -1)]
        return tuple(made[1:])


def test_a_model_that_is_narrow_nowhere_is_cut_all_the_same() -> None:
    entries = entries_of(AllKept(), X)
    assert entries["model"]["level"] == "model"
    assert children(entries).total() > 1
    assert all(2 <= len(entries[name]["operations"]) <= 15 for name in children(entries))


class Shifted(nn.Module):
    def __init__(self, shift: int) -> None:
        super().__init__()
        self.shift = shift
        self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(6)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.roll(self.shift, -1) if self.shift else x
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


def test_blocks_of_one_size_are_told_apart_by_what_only_one_does() -> None:
    model = nn.Sequential(Shifted(0), Shifted(2), Shifted(0), Shifted(2))
    assert children(entries_of(model, X)) == {"shifted": 2, "shifted_roll": 2}


def test_settings_tell_where_sizes_do_not() -> None:
    model = nn.Sequential(
        nn.Conv1d(4, 4, 3, padding=1),
        nn.ReLU(),
        nn.Conv1d(4, 4, 3, padding=2, dilation=2),
        nn.ReLU(),
    )
    names = [*entries_of(model, torch.randn(1, 4, 32))]
    assert "conv_4x4" in names and "conv_4x4_dilation2" in names


def test_a_matrix_product_is_named_by_all_its_sizes() -> None:
    class Product(nn.Module):
        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return torch.relu(torch.mm(a, b))

    assert "mm_3x5x7" in entries_of(Product(), torch.randn(3, 5), torch.randn(5, 7))


@pytest.mark.parametrize(
    "name, expected",
    {
        "TransformerBlock": "transformer_block", "GPT2MLP": "gpt2_mlp", "ConvBNReLU6": "conv_bn_relu6",
        "DiTBlock": "dit_block", "ConvNeXtBlock": "conv_next_block", "LeakyReLU": "leaky_relu", "MoELayer": "moe_layer",
        "ToRGB": "to_rgb", "UpBlock": "up_block", "BasicConv2d": "basic_conv2d",
    }.items(),
)  # fmt: skip
def test_classes_in_small_letters(name: str, expected: str) -> None:
    assert snake(name) == expected
