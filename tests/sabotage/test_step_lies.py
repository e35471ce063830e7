"""Lies told in the small honest steps are caught, and the verdict says why."""

from pathlib import Path

import lies_judged
import lies_steps
import lies_wiring
import lies_words
import pytest
from honest_by_hand import BY_HAND
from honest_steps import HONEST
from honest_words import STEPS
from lies import Judge, falsify
from lies_readers import LIES as OF_READERS
from lies_readers import READERS
from steps import write

LIES = {
    **lies_steps.LIES,
    **lies_words.LIES,
    **lies_wiring.LIES,
    **lies_judged.LIES,
    **OF_READERS,
}
UNTRUE = ("tuple_of_unrelated",)
LIED_ABOUT = {**READERS, **lies_wiring.STEPS, **lies_judged.STEPS}


@pytest.mark.parametrize("name", LIES)
def test_rejects_the_lie(name: str, tmp_path: Path, judge: Judge) -> None:
    lie = LIES[name]
    folder = write({**HONEST, **BY_HAND, **STEPS, **LIED_ABOUT}[lie.step], tmp_path / lie.step)
    for file, old, new in lie.changes:
        falsify(folder, file, old, new)
    verdict = judge(folder)
    assert verdict["status"] == "FAIL"
    assert any(reason in verdict["reason"] for reason in lie.reason.split("|")), verdict["reason"]


@pytest.mark.parametrize("name", [name for name in LIED_ABOUT if name not in UNTRUE])
def test_accepts_what_the_readers_lie_about(name: str, tmp_path: Path, judge: Judge) -> None:
    verdict = judge(write(LIED_ABOUT[name], tmp_path / name))
    assert verdict["status"] == "PASS", verdict["reason"]
