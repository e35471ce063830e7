"""Modules without data cost no import: an embedding is made in every language model."""

import subprocess
import sys
from pathlib import Path

WORKFLOW = Path(__file__).resolve().parents[3] / "workflow"
MAKE = """
import sys
import torch
from torch import nn
from plumbline.decomposer.dataless import dataless

before = set(sys.modules)
with dataless():
    made = [nn.Embedding(9, 4, padding_idx=0), nn.Linear(4, 4), nn.LSTM(4, 4), nn.BatchNorm2d(4)]
    nn.init.trunc_normal_(made[1].weight, std=0.02)
assert all(p.is_meta for module in made for p in module.parameters())
assert list(made[0].weight.shape) == [9, 4]
late = {name for name in set(sys.modules) - before if name.startswith(("sympy", "torch._refs"))}
assert not late, sorted(late)[:5]
"""


def test_no_module_of_torch_is_imported_for_it() -> None:
    command = [sys.executable, "-c", MAKE]
    run = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(WORKFLOW)}, check=False
    )
    assert run.returncode == 0, run.stderr
