"""The table at the end of a run."""

from pathlib import Path

import pytest

from plumbline.pipeline import table


def test_a_summary_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plans.json").write_text("{}")
    (tmp_path / "summary.tsv").mkdir()
    assert table.show(tmp_path) == 1
    assert "summary.tsv could not be written: Is a directory" in capsys.readouterr().out


def test_the_table_of_no_model_has_its_headings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plans.json").write_text("{}")
    assert table.show(tmp_path) == 0
    assert capsys.readouterr().out.split() == " ".join(table.HEADINGS.values()).split()
    assert (tmp_path / "summary.tsv").read_text().split("\t")[0] == "model"
