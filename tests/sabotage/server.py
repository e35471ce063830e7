"""Judges steps for the tests, in a process where torch is imported and no operation has run.

Reads one JSON request a line, writes one verdict a line. Tests of other parts may run tensor
operations in pytest's own process, after which that process must not fork.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow"))

from plumbline.verifier.coverage import step_coverage
from plumbline.verifier.settings import Settings
from plumbline.verifier.step import Step


def judge(request: dict) -> dict:
    """One verdict, with the coverage of the step and the seconds it took."""
    folder = Path(request["folder"])
    started = time.monotonic()
    settings = Settings(folder / "original.py", folder / "refactored.py", **request["settings"])
    step = Step(settings)
    verdict = step.run().as_json()
    verdict["coverage"] = step_coverage(step.reference.get("record", {}), step.record)
    return verdict | {"seconds": time.monotonic() - started}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line))), flush=True)
