"""Honest work passes."""

from pathlib import Path

import pytest
from honest_by_hand import BY_HAND, ROUNDED, SPELLINGS
from honest_steps import HONEST
from honest_words import STEPS, WORDS
from lies import Judge, falsify
from steps import write

LINE = 'sys.path.insert(0, str(Path(__file__).parent / "children"))'


@pytest.mark.parametrize("name", HONEST)
def test_accepts(name: str, tmp_path: Path, judge: Judge) -> None:
    verdict = judge(write(HONEST[name], tmp_path / name))
    assert verdict["status"] == "PASS", verdict["reason"]
    assert verdict["numerical_comparison"]["bit_exact"]
    assert verdict["coverage"]["status"] == "FULL_COVERAGE"


@pytest.mark.parametrize("name", BY_HAND)
def test_accepts_what_is_written_by_hand(name: str, tmp_path: Path, judge: Judge) -> None:
    verdict = judge(write(BY_HAND[name], tmp_path / name))
    assert verdict["status"] == "PASS", verdict["reason"]
    assert verdict["numerical_comparison"]["bit_exact"] or name in ROUNDED


@pytest.mark.parametrize("name", WORDS)
def test_accepts_other_words(name: str, tmp_path: Path, judge: Judge) -> None:
    words = WORDS[name]
    folder = write({**HONEST, **BY_HAND, **STEPS}[words.step], tmp_path / name)
    for file, old, new in words.changes:
        falsify(folder, file, old, new)
    verdict = judge(folder)
    assert verdict["status"] == "PASS", verdict["reason"]
    assert verdict["numerical_comparison"]["bit_exact"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_accepts_other_first_lines(name: str, tmp_path: Path, judge: Judge) -> None:
    folder = write(HONEST["two_kernels"], tmp_path / name)
    falsify(folder, "refactored.py", "import sys\n", "import os, sys\n")
    falsify(folder, "refactored.py", LINE, SPELLINGS[name])
    verdict = judge(folder)
    assert verdict["status"] == "PASS", verdict["reason"]
