"""Snakemake's scheduler waits with one timer at a time, and searches for no pipes."""

import inspect
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.jobs import Job
from snakemake.scheduling.job_scheduler import JobScheduler

from plumbline.pipeline import scheduler_timer


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    original = JobScheduler._schedule_reevalutation
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", original)  # put back afterwards
    scheduler_timer.install()


def test_snakemake_is_as_the_patch_expects() -> None:
    source = inspect.getsource(JobScheduler.schedule)
    assert "self._schedule_reevalutation(self.job_rate_limiter.timespan)" in source
    assert "self._open_jobs.acquire()" in source


@pytest.mark.usefixtures("patched")
def test_many_calls_release_once_and_later_calls_again() -> None:
    scheduler = SimpleNamespace(_open_jobs=threading.Semaphore(0))
    for _ in range(2):
        for _ in range(100):
            JobScheduler._schedule_reevalutation(scheduler, 0.05)
        assert scheduler._open_jobs.acquire(timeout=5)
        assert not scheduler._open_jobs.acquire(timeout=0.2)


def test_pipes_are_searched_for_as_the_patch_expects_and_there_are_none() -> None:
    prepare = inspect.getsource(Job.prepare)
    assert "f for f in self.input if self.is_pipe_or_service_input(f)" in prepare
    asked = [name for name, part in inspect.getmembers(Job, inspect.isfunction)
             if "is_pipe_or_service_input" in inspect.getsource(part)]  # fmt: skip
    assert asked == ["is_pipe_or_service_input", "prepare"] or asked == ["prepare"]
    rules = Path(__file__).parents[2] / "workflow/rules"
    text = "".join(file.read_text(encoding="utf-8") for file in rules.glob("*.smk"))
    assert "pipe(" not in text and "service(" not in text
