"""Generated files as text. To accept a change: PLUMBLINE_GOLDEN=write pytest tests/golden, then read the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from plumbline.decomposer.capture import capture_call
from plumbline.decomposer.emit import component_text, refactored_text
from plumbline.decomposer.entries import Entry
from plumbline.decomposer.modelfile import ModelFile
from plumbline.decomposer.plan import plan_file, plan_graph
from tests.unit.decomposer.awkward import CASES

HERE = Path(__file__).parent
MODELS = ["conv_bn_relu", "softmax", "transformer_block"]
AWKWARD = [
    "autocast",
    "composite modules",
    "dataclass output, number and dict inputs",
    "factories and masks",
    "in-place through a view",
    "keyword inputs",
    "packed sequences",
    "plain attributes and lists",
    "raw parameters",
    "recurrent modules",
    "tied weights",
]


def entries_of(name: str) -> list[Entry]:
    if name in CASES:
        torch.manual_seed(0)
        make, draw = CASES[name]
        graph = capture_call(make().eval(), draw(), "model")
        return plan_graph(graph, "model", "")[1]
    return plan_file(ModelFile.read(HERE.parents[1] / "models" / f"{name}.py"))[1]


def printed(entries: list[Entry]) -> str:
    """Every file that is printed from the entries; the root's own file is the user's."""
    parts = []
    for entry in entries:
        if not entry["authored"]:
            parts.append(f"==== {entry['level']}: {entry['name']}.py ====\n{component_text(entry)}")
        if entry["step"]:
            parts.append(f"==== {entry['step']['folder']} ====\n{refactored_text(entry)}")
    return "\n".join(parts)


@pytest.mark.parametrize("name", [*MODELS, *AWKWARD])
def test_files_are_as_they_were(name: str) -> None:
    path = HERE / f"{name.replace(' ', '_').replace(',', '')}.txt"
    text = printed(entries_of(name))
    if os.environ.get("PLUMBLINE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODELS)
def test_printed_files_compile(name: str) -> None:
    for entry in entries_of(name):
        compile(refactored_text(entry) if entry["step"] else component_text(entry), name, "exec")
