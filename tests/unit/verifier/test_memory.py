"""What the original gave is used again only where it makes no difference to the verdict."""

import json
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
