"""Refusals: every bad model file is told what is wrong, where, and what to do, without a traceback of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from plumbline.decomposer.plan import write_plan

START = "import torch\nimport torch.nn as nn\n"
INPUTS = "\ndef get_inputs():\n    return [torch.randn(2, 3)]\n"
CONSTRUCTOR = (
    "class Model(nn.Module):\n    def __init__(self):\n        raise ValueError('no weights')\n"
)
MODEL = "class Model(nn.Module):\n    def forward(self, x):\n        "
AVERAGE = (
    "class Model(nn.Linear):\n"
    "    def __init__(self): super().__init__(3, 3)\n"
    "    def forward(self, x):\n"
    "        self.weight.data = self.weight.data * 0.9\n"
    "        return x @ self.weight\n"
)
EXTENSION = (
    'LIBRARY = torch.library.Library("author", "FRAGMENT")\n'
    'LIBRARY.define("twice(Tensor x) -> Tensor")\n'
    'LIBRARY.impl("twice", lambda x: x + x, "CPU")\n'
)

CASES: dict[str, tuple[bytes, str, str]] = {
    "no Model": (f"{START}{INPUTS}".encode(), "has no `Model`", "add it"),
    "no get_inputs": (f"{START}{MODEL}return x.exp()\n".encode(), "has no `get_inputs`", "add it"),
    "a syntax error": (b"def f(:\n", "is not Python", "line 1"),
    "not utf-8": (b'x = "\xe9"\n', "is not utf-8", "save it as utf-8"),
    "no module": (
        f"{START}class Model: pass\n{INPUTS}".encode(),
        "is not a torch module",
        "nn.Module",
    ),
    "an exception in the constructor": (
        f"{START}{CONSTRUCTOR}{INPUTS}".encode(),
        "raises an exception",
        "no weights",
    ),
    "an exception in forward": (
        f"{START}{MODEL}return x @ torch.ones(7, 7)\n{INPUTS}".encode(),
        "forward() raises an exception",
        "return x @ torch.ones(7, 7)",
    ),
    "no tensor in the output": (
        f"{START}{MODEL}return 3\n{INPUTS}".encode(),
        "returns no tensor",
        "return one",
    ),
    "gradients in forward": (
        f"{START}{MODEL}return torch.func.grad(lambda v: v.tanh().sum())(x)\n{INPUTS}".encode(),
        "no public function of torch",
        "aten::tanh_backward",
    ),
    "a compiled extension": (
        f"{START}{EXTENSION}{MODEL}return torch.ops.author.twice(x)\n{INPUTS}".encode(),
        "no public function of torch",
        "author::twice",
    ),
    "a choice of backend": (
        f"{START}{MODEL}with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):\n"
        f"            return nn.functional.scaled_dot_product_attention(x, x, x)\n{INPUTS}".encode(),
        "chooses how attention is computed",
        "without choosing",
    ),
    "a sparse tensor": (
        f"{START}{MODEL}return torch.sparse.mm(x.to_sparse(), x.t()).relu()\n{INPUTS}".encode(),
        "is not dense",
        "torch.sparse_coo",
    ),
    "a module that nobody holds": (
        f"{START}LAYER = nn.Linear(3, 3)\n{MODEL}return LAYER(x).relu()\n{INPUTS}".encode(),
        "a module that the model does not hold",
        "assign it to an attribute",
    ),
    "more memory than there is": (
        f"{START}{MODEL}return torch.empty(10**7, 10**6) + x\n{INPUTS}".encode(),
        "does not fit in memory",
        "38146972 MB",
    ),
    "a seed set in forward": (
        f"{START}{MODEL}torch.manual_seed(0)\n        return x.exp() @ torch.randn(3, 4)\n{INPUTS}".encode(),
        "seeds the random numbers",
        "torch.manual_seed(0)",
    ),
    "an operation on functions": (
        f"{START}{MODEL}return torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,))\n{INPUTS}".encode(),
        "takes Python functions",
        "return torch.cond(x.sum() > 0",
    ),
    "a forward-mode gradient": (
        f"{START}{MODEL}return torch.func.jvp(lambda z: torch.tanh(z + z.new_ones(3)), (x,), (x,))\n{INPUTS}".encode(),
        "forward-mode gradient",
        "gradients",
    ),
    "other memory for a weight": (
        f"{START}{AVERAGE}{INPUTS}".encode(),
        "gives a tensor other memory",
        "write in place",
    ),
    "an input of a subclass": (
        f"{START}class Tagged(torch.Tensor): pass\n{MODEL}return x.sin() + x.relu()\n"
        "def get_inputs(): return [torch.randn(2, 3).as_subclass(Tagged)]\n".encode(),
        "not made of plain tensors",
        "the subclass Tagged",
    ),
    "an input object": (
        f"{START}class Batch:\n    def __init__(self): self.x = torch.randn(2, 3)\n{MODEL}return x.x.sin().relu()\n"
        "def get_inputs(): return [Batch()]\n".encode(),
        "not made of plain tensors",
        "the input `x`",
    ),
    "an input with names": (
        f"{START}from collections import namedtuple\nBatch = namedtuple('Batch', 'x')\n{MODEL}return x.x.sin().relu()\n"
        "def get_inputs(): return [Batch(torch.randn(2, 3))]\n".encode(),
        "not made of plain tensors",
        "a named tuple Batch",
    ),
    "a dtype as output": (
        f"{START}{MODEL}return x.sin().relu(), x.dtype\n{INPUTS}".encode(),
        "neither a tensor nor a plain value",
        "torch.float32, a dtype",
    ),
    "a module made in forward": (
        f"{START}{MODEL}self.fc = nn.Linear(3, 3)\n        return self.fc(x).relu()\n{INPUTS}".encode(),
        "first forward of the model makes weights",
        "fc",
    ),
    "a large tensor from outside": (
        f"{START}TABLE = torch.randn(100, 100)\n{MODEL}return torch.exp(TABLE * x.sum())\n{INPUTS}".encode(),
        "comes from outside the model",
        "register it as a buffer",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_model_is_refused(name: str, tmp_path: Path) -> None:
    content, what, hint = CASES[name]
    file = tmp_path / "model.py"
    file.write_bytes(content)
    index = write_plan(file, tmp_path / "plan", seed=0)
    error = index["error"]
    assert index["status"] == "refused" and index["components"] == {}
    assert what in error["what"]
    assert hint in " ".join(error.values())
    assert "plumbline" not in " ".join(error.values())
