"""A process that was told to end does, even where the exception of the signal was lost."""

import time

import pytest

from plumbline.verifier.process import Ending, Json, Worker


def sleepy(_: Json) -> Json:
    time.sleep(60)
    return {}


def test_who_waits_for_a_worker_hears_of_a_lost_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker(lambda: sleepy, time.monotonic() + 60, None) as worker:
        monkeypatch.setattr(Ending, "asked", True)
        started = time.monotonic()
        with pytest.raises(SystemExit) as ended:
            worker.ask({})
    assert ended.value.code == 143 and time.monotonic() - started < 10
