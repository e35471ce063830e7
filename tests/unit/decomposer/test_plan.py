"""The plan: schema, levels, and what section 5 of the design promises, over bundled models and awkward ones."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch

from plumbline.decomposer.capture import capture_call
from plumbline.decomposer.modelfile import ModelFile
from plumbline.decomposer.plan import Plan, plan_file, plan_graph

from .awkward import CASES

ROOT = Path(__file__).parents[3]
SMALL = [
    "conv_bn_relu",
    "densenet_block",
    "lstm_language_model",
    "mamba_block",
    "resnet18",
    "softmax",
    "swin_t",
]
LARGE = sorted({path.stem for path in (ROOT / "models").glob("*.py")} - set(SMALL))


@cache
def plan_of(name: str) -> Plan:
    if name in CASES:
        make, draw = CASES[name]
        torch.manual_seed(0)
        return plan_graph(capture_call(make().eval(), draw(), "case"), "case", "")
    return plan_file(ModelFile.read(ROOT / "models" / f"{name}.py"))


def every(names: list[str]) -> Any:
    slow = [pytest.param(name, marks=pytest.mark.slow) for name in LARGE]
    return pytest.mark.parametrize("name", [*names, *slow])


def schema(name: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text())


@every([*SMALL, *CASES])
def test_fits_the_schemas(name: str) -> None:
    index, entries, composition = plan_of(name)
    jsonschema.validate(json.loads(json.dumps(index)), schema("plan_index"))
    jsonschema.validate(json.loads(json.dumps(composition)), schema("plan_composition"))
    for entry in entries:
        jsonschema.validate(json.loads(json.dumps(entry)), schema("plan_entry"))


@every([*SMALL, *CASES])
def test_levels_are_never_skipped_and_sizes_fit(name: str) -> None:
    _, entries, _ = plan_of(name)
    by_name = {entry["name"]: entry for entry in entries}
    for entry in entries:
        children = [by_name[c["name"]] for c in entry["step"]["children"]] if entry["step"] else []
        below = {child["level"] for child in children}
        match entry["level"]:
            case "kernel":
                assert len(entry["operations"]) <= 1
            case "fusion":
                assert 2 <= len(entry["operations"]) <= 5 and below == {"kernel"}
            case "layer":
                assert below <= {"fusion", "kernel"}
                calls = sum(child["count"] for child in entry["step"]["children"])
                assert calls > 1, "a layer never consists of one fusion"
            case "model":
                assert below <= {"layer", "kernel"}


@every([*SMALL, *CASES])
def test_instances_add_up(name: str) -> None:
    """Calls down the tree, multiplied, give the instances of every component; kernels give the root's operations."""
    index, entries, _ = plan_of(name)
    calls: Counter[str] = Counter({index["root"]: 1})
    for entry in entries:
        if entry["step"] and entry["level"] != "kernel":
            for child in entry["step"]["children"]:
                calls[child["name"]] += calls[entry["name"]] * child["count"]
    assert {entry["name"]: entry["instances"] for entry in entries} == dict(calls)
    counted = sum(e["instances"] * len(e["operations"]) for e in entries if e["level"] == "kernel")
    assert counted == len(entries[0]["operations"])


@every(SMALL)
def test_lone_kernels_under_a_model_never_feed_one_another(name: str) -> None:
    index, entries, _ = plan_of(name)
    if index["root_level"] == "model":
        by_name = {entry["name"]: entry for entry in entries}
        children = [by_name[child["name"]] for child in entries[0]["step"]["children"]]
        assert sum(child["level"] == "kernel" for child in children) <= len(children) // 2


@every(SMALL)
def test_names_are_python_names_without_running_numbers(name: str) -> None:
    _, entries, _ = plan_of(name)
    for entry in entries:
        assert entry["name"].isidentifier()
        last = entry["name"].rsplit("_", 1)[-1]
        assert not (last.isdigit() and int(last) < 10), entry["name"]


def test_equal_blocks_are_one_component() -> None:
    _, entries, _ = plan_of("resnet18")
    instances = {
        entry["name"]: entry["instances"] for entry in entries if entry["level"] == "layer"
    }
    assert instances["basic_block_64x64"] == 2


def test_a_loop_over_equal_blocks_stays_a_loop() -> None:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up, self.down = torch.nn.Linear(8, 16), torch.nn.Linear(16, 8)
            self.norm = torch.nn.LayerNorm(8)

        def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
            h = torch.relu(self.up(self.norm(x)) + bias)
            return x + torch.sigmoid(torch.tanh(self.down(h)))

    class Stack(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = torch.nn.ModuleList([Block() for _ in range(4)])

        def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
            for block in self.blocks:
                x = block(x, bias)
            return x

    graph = capture_call(Stack().eval(), [torch.randn(2, 8), torch.randn(16)], "stack")
    _, entries, _ = plan_graph(graph, "stack", "")
    assert entries[0]["step"]["forward"] == [
        "for block in self.blocks:",
        "    x = block(x, bias)",
        "return x",
    ]


def test_slices_are_plumbing_and_lists_select_by_data() -> None:
    _, entries, _ = plan_of("slices")
    assert sorted(entries[0]["operations"]) == ["cos", "exp", "index", "sin"]
