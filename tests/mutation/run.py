"""Mutation test of the gate: ``python tests/mutation/run.py STEP_FOLDER... [--per-step N]``.

Prints each survivor (a mutant that differs from the original and passes) and the kill rate.
"""

import argparse
import collections
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "workflow")]

import torch
from mutants import Mutant, mutants
from oracle import differs

from plumbline.verifier.settings import Settings
from plumbline.verifier.step import Step


def forked(question: Callable[[], str], seconds: int = 60) -> str:
    """Answer of a question put to a fresh process; "raised" where there is none."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = "raised"
        try:
            import signal

            signal.alarm(seconds)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            torch.set_num_threads(1)
            answer = question()
        finally:
            os.write(write, answer.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        answer = stream.read()
    os.waitpid(pid, 0)
    return answer or "raised"


def verdict(step: Path) -> str:
    """PASS, or the check that failed first."""
    found = Step(Settings(step / "original.py", step / "refactored.py")).run()
    failed = [name for name, section in found.sections.items() if section.problems]
    return found.status if not failed else failed[0]


def judged(step: Path, mutant: Mutant, exact: bool) -> tuple[str, str]:
    """What the oracle and the gate say of one mutant."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "step"
        shutil.copytree(step, copy, ignore=shutil.ignore_patterns("*.json", "PASS"))
        shutil.copy(step / "weight_map.json", copy)
        (copy / mutant.file).write_text(mutant.text)
        dtype, same = (torch.float64, 1e-7) if exact else (torch.float32, 1e-3)
        truth = forked(lambda: "differs" if differs(copy, dtype, same) else "equal")
        return truth, forked(lambda: verdict(copy))


def main() -> int:
    """Exit code 0 when at least 99 % of the mutants that differ are killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", type=Path, nargs="+")
    parser.add_argument("--per-step", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    killers: collections.Counter[str] = collections.Counter()
    for step in options.steps:
        if forked(lambda s=step: "equal" if not differs(s) else "differs") == "equal":
            exact = True
        elif forked(lambda s=step: "ok" if not differs(s, torch.float32, 1e-3) else "") == "ok":
            exact = False  # the step has casts of its own
        else:
            print(f"skipped {step}: the oracle cannot run it")
            continue
        found = list(mutants(step))
        random.Random(f"{options.seed} {step.name}").shuffle(found)
        for make in found[: options.per_step]:
            mutant = make()
            truth, gate = judged(step, mutant, exact)
            outcome = "survived" if gate == "PASS" else "killed"
            counts[truth, outcome] += 1
            killers[gate] += 1
            if truth != "equal" and outcome == "survived":
                word = "SURVIVED" if truth == "differs" else "UNDECIDED"
                print(f"{word} {step} {mutant.file} {mutant.kind}: {mutant.what}", flush=True)
    killed, survived = counts["differs", "killed"], counts["differs", "survived"]
    rate = killed / max(1, killed + survived)
    result = {"killed": killed, "survived": survived, "rate": round(rate, 4),
              "equal": {k: n for (t, k), n in counts.items() if t == "equal"},
              "broken": {k: n for (t, k), n in counts.items() if t == "raised"},
              "first_failed_check": dict(killers.most_common())}  # fmt: skip
    print(json.dumps(result, indent=2))
    if options.output:
        options.output.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if rate >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
