"""What is refused before or right after the first run: no room for the weights, outputs that do not repeat."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn as nn

from plumbline.decomposer import room
from plumbline.decomposer.errors import Refusal
from plumbline.decomposer.plan import write_plan
from plumbline.decomposer.repeat import must_repeat

HEAD = "import random\nimport torch\nimport torch.nn as nn\n"
INPUTS = "\ndef get_inputs():\n    return [torch.ones(2, 8)]\n"


def planned(text: str, folder: Path, name: str = "model") -> dict[str, object]:
    file = folder / f"{name}.py"
    file.write_text(f"{HEAD}{text}{INPUTS}", encoding="utf-8")
    return write_plan(file, folder / "plan", seed=0)


def test_weights_are_measured_without_being_made() -> None:
    assert room.weights_mb(lambda: nn.Linear(2**20, 2**10, bias=False)) == 4096


def test_a_constructor_that_needs_data_is_measured_as_well() -> None:
    assert room.weights_mb(lambda: nn.Linear(2**20, int(torch.ones(4).sum().item()))) == 16


def test_a_constructor_that_fails_is_not_measured() -> None:
    assert room.weights_mb(lambda: nn.Linear(8, -1)) == 0


def test_measuring_leaves_the_author_s_globals_alone() -> None:
    made: list[torch.Tensor] = []

    def make() -> nn.Module:
        made.append(torch.ones(3))
        return nn.Linear(3, 3)

    room.weights_mb(make)
    assert not made


def test_what_does_not_fit_says_what_it_needs_and_what_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "available_mb", lambda: 100)
    with pytest.raises(Refusal) as refusal:
        room.check_room("Model()", "here", lambda: nn.Linear(2**14, 2**14))
    assert "at most 100 MB" in refusal.value.expected
    assert refusal.value.found == "about 1024 MB for the weights alone"


def test_planning_ends_with_a_refusal_when_activations_do_not_fit(tmp_path: Path) -> None:
    text = "class Model(nn.Module):\n    def forward(self, x):\n        return x.new_ones(2**44).exp()\n"
    error = planned(text, tmp_path)["error"]
    assert isinstance(error, dict) and "does not fit in memory" in error["what"]


def test_random_numbers_of_torch_repeat(tmp_path: Path) -> None:
    text = "class Model(nn.Module):\n    def forward(self, x):\n        return torch.relu(x * torch.rand(8))\n"
    assert planned(text, tmp_path)["status"] == "planned"


def test_a_state_that_is_kept_is_no_reason_to_refuse(tmp_path: Path) -> None:
    text = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.register_buffer('calls', torch.zeros(8))\n"
        "    def forward(self, x):\n        self.calls += 1\n        return torch.relu(x + self.calls)\n"
    )
    assert planned(text, tmp_path)["status"] == "planned"


def test_inputs_that_are_written_into_are_given_afresh(tmp_path: Path) -> None:
    text = "class Model(nn.Module):\n    def forward(self, x):\n        return x.mul_(2).exp()\n"
    assert planned(text, tmp_path)["status"] == "planned"


def test_a_model_file_may_be_called_like_a_library(tmp_path: Path) -> None:
    text = (
        "import json\nclass Model(nn.Module):\n    def forward(self, x):\n        return x.exp()\n"
    )
    assert planned(text, tmp_path, "json")["status"] == "planned"
    import json

    assert hasattr(json, "loads")


def test_an_exception_in_a_leaf_module_is_the_author_s(tmp_path: Path) -> None:
    text = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.linear = nn.Linear(9, 9)\n"
        "    def forward(self, x):\n        return self.linear(x)\n"
    )
    error = planned(text, tmp_path)["error"]
    assert isinstance(error, dict) and "mat1 and mat2" in error["found"]
    assert "return self.linear(x)" in error["found"] and "plumbline" not in error["found"]


@pytest.mark.parametrize(
    ("line", "spared"),
    [
        ("import math", True),
        ("from torch.nn import functional as F", True),
        ("x = torch.randn(3)", True),
        ("import random", False),
        ("import torch, time", False),
        ("from numpy import random", False),
        ("from . import helper", False),
        ("x = torch.empty(3)", False),
        ("x = torch.Tensor(3)", False),
        ("torch.seed()", False),
        ("order = sorted(names, key=lambda name: id(name))", False),
    ],
)
def test_only_a_file_that_could_give_something_else_is_run_twice(line: str, spared: bool) -> None:
    assert must_repeat(f"import torch\n{line}\n") is spared
