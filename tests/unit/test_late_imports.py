"""No job imports sympy or torch's compiler, which takes each of them a second, in a place nobody thinks of."""

import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
MODEL = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 64)
        self.norm = nn.LayerNorm(64)
        self.register_buffer("mask", torch.ones(64, 64).triu(1) + torch.arange(0, 128, 2))

    def forward(self, x):
        return torch.softmax(self.norm(self.embed(x)) + self.mask, dim=-1)

def get_inputs():
    return [torch.randint(0, 9, (64, 64))]
"""
PLAN = """
from plumbline.decomposer.plan import write_plan
assert write_plan(Path("model.py"), Path("plan"), seed=0)["status"] == "planned"
"""
PROBE = """
from plumbline.verifier.probing import Probe
from plumbline.verifier.runtime import prepare_runtime
prepare_runtime(1)
model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU())
with Probe({id(model[0]): "linear"}) as probe:
    output = model(torch.randn(4, 8))
assert 0.1 < probe.effects(output, 0)["linear"] < 10
"""
CHECK = """
late = {name for name in sys.modules if name.split(".")[0] == "sympy" or name.startswith("torch._dynamo")}
assert not late, sorted(late)[:5]
"""


@pytest.mark.parametrize("work", [PLAN, PROBE], ids=["planning", "gradients of children"])
def test_nothing_heavy_is_imported_late(work: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    code = f"import sys\nfrom pathlib import Path\nimport torch\n{work}{CHECK}"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
