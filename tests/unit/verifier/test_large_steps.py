"""Steps whose inputs and outputs are large: made for one trial at a time, compared by digests, no gradient pass."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
HONEST = ROOT / "tests" / "sabotage" / "honest" / "transformer_block"
JUDGE = """
import sys
sys.path.insert(0, {root!r})
from plumbline.verifier import cli, forward, giants, inputs, process
inputs.LARGE, forward.LARGE, giants.PART, giants.BLOCK = 512, 512, 256, 100
plain = process.Worker.ask
def ask(worker, request):
    print("asked", sorted(set(request) & {{"again", "gradient", "disturb"}}), file=sys.stderr)
    return plain(worker, request)
process.Worker.ask = ask
sys.exit(cli.main({arguments!r}))
"""


def judge(step: Path, output: Path) -> tuple[dict[str, Any], str]:
    """The verdict where half a kilobyte is large, and what the workers were asked for."""
    arguments = ["--original", str(step / "original.py"), "--output", str(output)]
    arguments += ["--refactored", str(step / "refactored.py")]
    text = JUDGE.format(root=str(ROOT / "workflow"), arguments=arguments)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    return json.loads(output.read_text()), done.stderr


def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HONEST, tmp_path / "step"))


def test_an_honest_step_passes(tmp_path: Path) -> None:
    verdict, asked = judge(HONEST, tmp_path / "verdict.json")
    assert verdict["status"] == "PASS" and verdict["numerical_comparison"]["bit_exact"], verdict
    assert asked.count("again") >= 3 and "disturb" in asked and "gradient" not in asked
    assert verdict["sensitivity"]["unproven"] == []


def test_a_wrong_one_fails_where_it_is_wrong(tmp_path: Path) -> None:
    step = copy(tmp_path)
    child = step / "children" / "norm_mlp.py"
    child.write_text(child.read_text().replace("nn.LayerNorm(16)", "nn.LayerNorm(16, eps=0.1)"))
    verdict, _ = judge(step, tmp_path / "verdict.json")
    assert verdict["status"] == "FAIL"
    assert "expected" in verdict["numerical_comparison"]["problems"][0]


def test_inputs_that_differ_from_call_to_call_are_the_originals_fault(tmp_path: Path) -> None:
    step = copy(tmp_path)
    original = step / "original.py"
    text = original.read_text()
    assert "torch.randn(" in text
    original.write_text(
        "import random\n" + text.replace("torch.randn(", "random.random() * torch.randn(")
    )
    verdict, _ = judge(step, tmp_path / "verdict.json")
    problem = verdict["isolation"]["problems"][0]
    assert (
        problem.startswith("the original model raised")
        and "other inputs for the same seed" in problem
    )
