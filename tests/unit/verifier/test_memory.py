"""What the original gave is used again only where it makes no difference to the verdict."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
HONEST = ROOT / "tests" / "sabotage" / "honest" / "transformer_block"
ORIGINAL = HONEST / "original.py"


def judge(place: Path, *options: str, original: Path = ORIGINAL) -> dict[str, Any]:
    """The verdict of the honest step."""
    output = place / "verdict.json"
    subprocess.run(
        [sys.executable, str(ROOT / "workflow" / "scripts" / "verify_step.py"),
         "--original", str(original), "--refactored", str(HONEST / "refactored.py"),
         "--output", str(output), *options],
        check=False, capture_output=True,
    )  # fmt: skip
    return json.loads(output.read_text())


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the original gave in an ordinary judgement."""
    place = tmp_path_factory.mktemp("memory")
    assert judge(place, "--remember", str(place / "reference.json"))["status"] == "PASS"
    return place / "reference.json"


def forged(reference: Path, place: Path) -> Path:
    """The same, falsified where it shows in the verdict whether it was used."""
    content = json.loads(reference.read_text())
    content["low_power"] = True  # becomes a note in the verdict
    path = place / "forged.json"
    path.write_text(json.dumps(content))
    return path


def used(verdict: dict[str, Any]) -> bool:
    return any("low power" in note for note in verdict["notes"])


def test_same_verdict(reference: Path, tmp_path: Path) -> None:
    again = judge(tmp_path, "--recall", str(reference))
    assert again == judge(tmp_path)
    assert again["numerical_comparison"]["values_compared"] > 0
    assert used(judge(tmp_path, "--recall", str(forged(reference, tmp_path))))


def test_outputs_that_differ_are_compared_with_the_original(
    reference: Path, tmp_path: Path
) -> None:
    content = json.loads(forged(reference, tmp_path).read_text())
    content["trials"][1]["digests"]["out"] = "0" * 64
    (tmp_path / "other.json").write_text(json.dumps(content))
    verdict = judge(tmp_path, "--recall", str(tmp_path / "other.json"))
    assert verdict["status"] == "PASS"
    assert not used(verdict)


@pytest.mark.parametrize("options", [("--seed", "1"), ("--trials", "4")])
def test_other_circumstances(reference: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    forgery = str(forged(reference, tmp_path))
    assert not used(judge(tmp_path, "--recall", forgery, *options))


def test_other_original(reference: Path, tmp_path: Path) -> None:
    other = tmp_path / "original.py"
    other.write_text(ORIGINAL.read_text() + "\n")
    forgery = str(forged(reference, tmp_path))
    assert not used(judge(tmp_path, "--recall", forgery, original=other))


def test_no_file_and_broken_file(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    for name in ("broken.json", "missing.json"):
        assert judge(tmp_path, "--recall", str(tmp_path / name))["status"] == "PASS"


DIGESTS_ONLY = f"""
import sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
from plumbline.verifier import cli, exchange, forward
forward.LARGE = 0
if sys.argv.pop(1) == "strict":
    forward.write_value = lambda path, *rest, **more: 1 / 0
sys.exit(cli.main(sys.argv[1:]))
"""


def judge_as_large(step: Path, output: Path, mode: str) -> dict[str, Any]:
    """The verdict where every output counts as too large for a file; `strict`: nor is one written."""
    subprocess.run(
        [sys.executable, "-c", DIGESTS_ONLY, mode, "--original", str(step / "original.py"),
         "--refactored", str(step / "refactored.py"), "--output", str(output)],
        check=False, capture_output=True,
    )  # fmt: skip
    return json.loads(output.read_text())


def test_large_outputs_are_never_in_a_file(tmp_path: Path) -> None:
    assert judge_as_large(HONEST, tmp_path / "large.json", "strict") == judge(tmp_path)


def test_large_outputs_that_differ_are_compared_value_by_value(tmp_path: Path) -> None:
    step = Path(shutil.copytree(HONEST, tmp_path / "step"))
    child = step / "children" / "norm_mlp.py"
    text = child.read_text()
    child.write_text(text.replace("F.gelu(", "F.silu("))
    assert child.read_text() != text
    found = judge_as_large(step, tmp_path / "large.json", "usual")
    section = found["numerical_comparison"]
    assert found["status"] == "FAIL" and section["max_diff_across_trials"] > 0
    assert "largest difference is" in section["problems"][0]
    subprocess.run(
        [sys.executable, str(ROOT / "workflow" / "scripts" / "verify_step.py"),
         "--original", str(step / "original.py"), "--refactored", str(step / "refactored.py"),
         "--output", str(tmp_path / "plain.json")],
        check=False, capture_output=True,
    )  # fmt: skip
    assert found == json.loads((tmp_path / "plain.json").read_text())
