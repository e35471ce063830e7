"""The errors that a user may make, each as the files and the config that show it."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = "import torch\nimport torch.nn as nn\n\n\n"
INPUTS = "\n\ndef get_inputs():\n    return [torch.randn(4, 8)]\n"
MODEL = "class Model(nn.Module):\n    def forward(self, x):\n        "
GOOD = f"{HEAD}{MODEL}return torch.softmax(x, dim=-1)\n{INPUTS}"

CONSTRUCTOR = """\
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = load("weights.pt")

    def forward(self, x):
        return x @ self.weight


def load(name):
    raise FileNotFoundError(f"no weights at {name}")
"""
FORWARD = """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        return torch.relu(self.linear(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def forward(self, x):
        return self.block(x)
"""
UNREPEATABLE = """\
import random


class Model(nn.Module):
    def forward(self, x):
        return torch.relu(x) * random.random()
"""
HUGE = """\
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(65536, 65536) for _ in range(64)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x
"""
NARROW = f"{HEAD}{MODEL}return torch.relu(torch.tanh(x))\n{INPUTS}"


@dataclass(frozen=True)
class Case:
    """A model file beside a good one, or a config."""

    files: dict[str, bytes] = field(default_factory=dict)
    config: str = "models=['*']"
    passes: bool = False


def model(text: str, inputs: str = INPUTS) -> bytes:
    return f"{HEAD}{text}{inputs}".encode()


# One model file each, which is refused; the name of the file is the name of the case.
REFUSED = {
    "no_model": model("class Network(nn.Module):\n    pass\n"),
    "no_get_inputs": model(f"{MODEL}return x.exp()\n", inputs=""),
    "constructor_raises": model(CONSTRUCTOR),
    "forward_raises": model(FORWARD),
    "unrepeatable": model(UNREPEATABLE),
    "syntax_error": model(f"{MODEL}return torch.relu(x\n"),
    "not_utf8": model(f"# caf\N{LATIN SMALL LETTER E WITH ACUTE}\n{MODEL}return x.exp()\n")
    .decode()
    .encode("latin-1"),
    "does_not_fit": model(HUGE),
}
# Names that simply work.
NAMES = ["two words", "with-dash", "3d", "json"]

CONFIGS = {
    "unknown_key": "trails=4",
    "wrong_value": "trials=many",
    "unknown_model": "models=['godo']",
    "no_folder": "models_dir=nowhere",
    "empty_folder": "models_dir=empty",
}
