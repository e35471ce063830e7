"""Every lie is caught, and the verdict says why."""

from collections.abc import Callable
from pathlib import Path

import lies_numbers
import lies_source
import pytest
from lies import Judge, Lie, falsify

LIES = [*lies_source.LIES, *lies_numbers.LIES]
HONEST = ["vgg_block", "transformer_block"]


@pytest.mark.parametrize("name", HONEST)
def test_accepts_the_honest_step(name: str, honest: Callable[[str], Path], judge: Judge) -> None:
    verdict = judge(honest(name))
    assert verdict["status"] == "PASS", verdict["reason"]
    assert verdict["reason"] == ""
    assert verdict["numerical_comparison"]["bit_exact"]
    assert verdict["coverage"]["status"] == "FULL_COVERAGE"


@pytest.mark.parametrize("lie", LIES, ids=[f"{lie.step}-{lie.name}" for lie in LIES])
def test_rejects_the_lie(lie: Lie, honest: Callable[[str], Path], judge: Judge) -> None:
    folder = honest(lie.step)
    falsify(folder, lie.file, lie.old, lie.new)
    verdict = judge(folder)
    assert verdict["status"] == "FAIL"
    assert lie.reason in verdict["reason"]
