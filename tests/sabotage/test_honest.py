"""Honest work passes."""

from pathlib import Path

import pytest
from honest_steps import HONEST
from lies import Judge
from steps import write


@pytest.mark.parametrize("name", HONEST)
def test_accepts(name: str, tmp_path: Path, judge: Judge) -> None:
    verdict = judge(write(HONEST[name], tmp_path / name))
    assert verdict["status"] == "PASS", verdict["reason"]
    assert verdict["numerical_comparison"]["bit_exact"]
    assert verdict["coverage"]["status"] == "FULL_COVERAGE"
