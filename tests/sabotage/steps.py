"""Small honest steps, written as tables: what a person or an agent may hand in."""

import json
from pathlib import Path
from typing import NamedTuple

Text = str
COMPONENT = '''"""
Component: {name}
Abstraction Level: {level}
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
{init}

    def forward(self{args}):
{forward}


def get_inputs():
    return {inputs}


def get_init_inputs():
    return []
'''
REFACTORED = """import sys
from pathlib import Path

import torch
import torch.nn as nn

sys.path.insert(0, str(Path(__file__).parent / "children"))
{imports}


class RefactoredModel(nn.Module):
    def __init__(self):
        super().__init__()
{init}

    def forward(self{args}):
{forward}


def get_inputs():
    return {inputs}
"""


class Child(NamedTuple):
    """One component; ``args``, ``init`` and ``inputs`` may be left to their usual values."""

    forward: Text
    init: Text = "pass"
    inputs: Text = "[torch.randn(2, 8)]"
    args: Text = "x"
    level: Text = "kernel"


class Step(NamedTuple):
    """``original`` against children and the body of a refactored model."""

    original: Child
    children: dict[str, Child]
    init: Text
    forward: Text
    weight_map: dict[str, str] | None = None


def component(name: str, part: Child) -> str:
    """Text of a component file."""
    return COMPONENT.format(name=name, level=part.level, inputs=part.inputs, **_body(part))


def _body(part: Child | Step, args: str = "") -> dict[str, str]:
    args = args or getattr(part, "args", "")
    indented = {
        key: "\n".join(f"        {line}" if line else "" for line in getattr(part, key).split("\n"))
        for key in ("init", "forward")
    }
    return {**indented, "args": "" if args == "-" else f", {args}"}


def write(step: Step, folder: Path) -> Path:
    """Write a step as files."""
    (folder / "children").mkdir(parents=True)
    (folder / "original.py").write_text(component("original", step.original))
    for name, child in step.children.items():
        (folder / "children" / f"{name}.py").write_text(component(name, child))
    imports = "\n".join(f"from {name} import Model as {name.title()}" for name in step.children)
    body = _body(step, step.original.args)
    text = REFACTORED.format(imports=imports, inputs=step.original.inputs, **body)
    (folder / "refactored.py").write_text(text)
    if step.weight_map is not None:
        (folder / "weight_map.json").write_text(json.dumps(step.weight_map))
    return folder


RELU = Child("return F.relu(x)")
LINEAR = Child("return self.fc(x)", "self.fc = nn.Linear(8, 8)")
TANH = Child("return torch.tanh(x)")


def fusion(
    forward: str, init: str = "pass", inputs: str = "[torch.randn(2, 8)]", args: str = "x"
) -> Child:
    """An original that is a fusion."""
    return Child(forward, init, inputs, args, "fusion")


def layer(
    forward: str, init: str = "pass", inputs: str = "[torch.randn(2, 8)]", args: str = "x"
) -> Child:
    """An original that is a layer."""
    return Child(forward, init, inputs, args, "layer")


def around(
    before: str, inputs: str = "[torch.randn(2, 8)]", shape: str = "2, 8", args: str = "x"
) -> Step:
    """tanh, then plumbing, then relu: the plumbing is the same on both sides."""
    lines = before.format(a="torch.tanh(x)", b="F.relu(y)")
    refactored = before.format(a="self.tanh(x)", b="self.relu(y)")
    relu = RELU._replace(inputs=f"[torch.randn({shape})]")
    return Step(
        fusion(lines, inputs=inputs, args=args),
        {"tanh": TANH._replace(inputs=inputs), "relu": relu},
        "self.tanh = Tanh()\nself.relu = Relu()",
        refactored,
    )
