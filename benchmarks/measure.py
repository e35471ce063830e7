"""Run the workflow in a workspace of its own, and see what it costs with all that it starts."""

import ctypes
import os
import re
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "workflow"))

from workspace import ROOT, Run, Workspace, lay_out

DURATION = re.compile(r"^# ([0-9.]+) s$", re.MULTILINE)  # the last line of a job's log
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds by the clock, seconds of processors, jobs."""

    wall: float
    cpu: float
    jobs: int
    run: Run


def adopt_orphans() -> None:
    """Warm processes become children of this one, so that what they cost is counted here."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def cost(workspace: Workspace, *arguments: str, config: str = "models=['*']") -> Cost:
    """Run snakemake there and wait for everything that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    run = workspace.run(*arguments, config=config)
    wall = time.monotonic() - start
    if run.code != 0:
        raise SystemExit(f"a run in {workspace.path} failed:\n{run.text}")
    wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    jobs = sum(run.jobs.values()) - run.jobs["all"]
    return Cost(wall, cpu, jobs, run)


def wait_for_orphans() -> None:
    """Until the warm processes have ended; their times count only then."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def seconds_of(results: Path, pattern: str) -> float:
    """What the jobs with these logs took, by their own account."""
    ends = (log.read_bytes()[-40:].decode(errors="replace") for log in results.glob(pattern))
    return sum(float(found[1]) for end in ends if (found := DURATION.search(end)))


def workspace_at(path: Path, models: dict[str, str]) -> Workspace:
    """A fresh copy of the workflow with these model files, and the real scripts."""
    path.mkdir(parents=True)
    workspace = lay_out(path, stand_ins=False)
    for name, text in models.items():
        workspace.model(name, text)
    return workspace


def bundled() -> dict[str, str]:
    """The models that come with the repository."""
    return {f.stem: f.read_text(encoding="utf-8") for f in sorted((ROOT / "models").glob("*.py"))}
