"""Lies told in the small honest steps are caught, and the verdict says why."""

from pathlib import Path

import pytest
from honest_by_hand import BY_HAND
from honest_steps import HONEST
from lies import Judge, falsify
from lies_steps import LIES
from steps import write


@pytest.mark.parametrize("name", LIES)
def test_rejects_the_lie(name: str, tmp_path: Path, judge: Judge) -> None:
    lie = LIES[name]
    folder = write({**HONEST, **BY_HAND}[lie.step], tmp_path / lie.step)
    for file, old, new in lie.changes:
        falsify(folder, file, old, new)
    verdict = judge(folder)
    assert verdict["status"] == "FAIL"
    assert any(reason in verdict["reason"] for reason in lie.reason.split("|")), verdict["reason"]
