"""Models written to be awkward, through the whole pipeline: they pass, or are refused, or fail for the reason named."""

import csv
import shutil
from pathlib import Path

import pytest
from workspace import Run, Workspace, lay_out

AWKWARD = Path(__file__).parent / "awkward"


def run_all(folder: Path, place: Path) -> tuple[Run, dict[str, dict[str, str]], Workspace]:
    """The run over every model of a folder, and its table by model."""
    workspace = lay_out(place, stand_ins=False)
    for file in folder.glob("*.py"):
        shutil.copy(file, workspace.path / "models" / file.name)
    run = workspace.run()
    with (workspace.results / "summary.tsv").open(encoding="utf-8") as file:
        return run, {row["model"]: row for row in csv.DictReader(file, delimiter="\t")}, workspace


@pytest.mark.slow
def test_they_pass(tmp_path: Path) -> None:
    run, rows, _ = run_all(AWKWARD, tmp_path)
    wrong = {model: row for model, row in rows.items() if row["status"] != "PASS"}
    assert run.code == 0 and not wrong, run.text[-6000:]
    assert len(rows) == len(list(AWKWARD.glob("*.py")))
    for row in rows.values():
        assert row["composition"] == "PASS" and float(row["coverage_pct"]) == 100.0
        assert row["steps_passed"] == f"{row['bit_exact']}/{row['bit_exact']}"


@pytest.mark.slow
def test_what_cannot_be_decomposed_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    run, rows, workspace = run_all(AWKWARD / "refused", tmp_path)
    assert run.code != 0
    assert {row["status"] for row in rows.values()} == {"refused"}, run.text
    assert not list(workspace.results.glob("*/level_*")) + list(workspace.results.glob("*/steps"))


def test_a_result_that_hangs_on_data_is_reported_with_its_place(tmp_path: Path) -> None:
    run, rows, _ = run_all(AWKWARD / "dependent", tmp_path)
    assert run.code != 0 and {row["status"] for row in rows.values()} == {"FAIL"}
    for model in rows:
        told = run.text.rsplit(f"FAIL  {model} ", 1)[-1].split("next", 1)[0]
        assert "data-dependent: at original.py:" in told, run.text
    assert "Traceback" not in run.text
