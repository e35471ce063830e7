"""What a judgement holds in memory at most, beside what the plan says: peaks.py RESULT TRIALS

Prints a JSON list of [step, estimate, peak], in MB. The peak is that of all processes of a judgement
together, shared pages counted once, and of the files between them; looked at every 10 ms.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from plumbline.pipeline.plans import read_plans
from plumbline.verifier.limits import children_of
from plumbline.verifier.scratch import roomy_folder
from plumbline.verifier.settings import Settings
from plumbline.verifier.step import Step

PAUSE = 0.01


def tree(pid: int) -> Iterator[int]:
    """A process and everything below it."""
    yield pid
    for child in children_of(pid):
        yield from tree(child)


def own_mb(pid: int) -> float:
    """Anonymous memory of a process, its share of what others have as well."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


def files_mb(pid: int) -> float:
    """What lies between the processes of a judgement."""
    files = roomy_folder().glob(f"plumbline-{pid}-*/*")
    try:
        return sum(f.stat().st_blocks * 512 for f in files if not f.is_symlink()) / 2**20
    except OSError:
        return 0.0


def peak_mb(step: Path, trials: int) -> float:
    """Judge a step in a fork, and watch."""
    pid = os.fork()
    if pid == 0:
        verdict = Step(Settings(step / "original.py", step / "refactored.py", trials=trials)).run()
        os._exit(verdict.status != "PASS")
    peak, ended = 0.0, 0
    while not ended:
        peak = max(peak, sum(own_mb(process) for process in tree(pid)) + files_mb(pid))
        time.sleep(PAUSE)
        ended, status = os.waitpid(pid, os.WNOHANG)
    if status:
        raise SystemExit(f"{step} does not pass")
    return peak


def main() -> int:
    result, trials = Path(sys.argv[1]), int(sys.argv[2])
    plan = read_plans(result.parent / "plans.json")[result.name]
    found = [
        (c.step, c.judgement_mb(trials), peak_mb(result / "steps" / c.step, trials))
        for c in plan.components.values()
        if c.step
    ]
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
