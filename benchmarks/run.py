"""What the workflow costs: `make bench`, or run.py [MEASUREMENT...] for some of the tables.

Every table compares numbers of this one run, on this one machine: read the ratios. Prints them and
writes them to RESULTS.md beside this file. `cpu` is processor time of everything that was started.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import specimens
from measure import ROOT, Cost, adopt_orphans, bundled, cost, seconds_of, workspace_at

sys.path.insert(0, str(ROOT / "workflow"))

from plumbline.runner import address

RESULTS = HERE / "RESULTS.md"
TRIALS = 3
Rows = Iterator[tuple[object, ...]]


def floor(scratch: Path) -> Rows:
    """Each bundled model from nothing, over the forward passes that verification has to make"""
    yield "model", "forward s", "floor s", "wall s", "wall/floor", "cpu/floor"
    for name, text in bundled().items():
        workspace = workspace_at(scratch / name, {name: text})
        made = cost(workspace)
        program = [sys.executable, HERE / "floor.py", workspace.results / name, str(TRIALS)]
        need = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
        least = need["floor"]
        yield name, need["forward"], least, made.wall, made.wall / least, made.cpu / least


def memory(scratch: Path) -> Rows:
    """What the judgement of each step holds at most, and what the plan says; within: by a factor of 1.5"""
    yield "model", "steps", "within", "lowest estimate/peak", "highest", "largest peak MB"
    for name, text in bundled().items():
        workspace = workspace_at(scratch / name, {name: text})
        cost(workspace)
        program = [sys.executable, HERE / "peaks.py", workspace.results / name, str(TRIALS)]
        found = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
        ratios = [estimate / peak for _, estimate, peak in found]
        within = sum(1 / 1.5 <= ratio <= 1.5 for ratio in ratios)
        largest = max(peak for *_, peak in found)
        yield name, len(found), within, min(ratios), max(ratios), largest


def jobs(scratch: Path) -> Rows:
    """Jobs that do nothing, one after the other, per second"""
    yield "what", "cold", "warm", "warm/cold"
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    scratch.mkdir()
    socket = address.address()
    for what, command in (("light", ["--light", "gate.py"]), ("with torch", ["verify_step.py"])):
        speeds = []
        for server, number in (("", 5), (str(socket), 50)):
            environment = {**os.environ, "PLUMBLINE_WARM": server}
            call = [*address.command(), *command, "--help"]
            quiet = {"stdout": subprocess.DEVNULL, "check": True, "env": environment}
            subprocess.run(call, **quiet)  # type: ignore[call-overload]
            start = time.monotonic()
            for _ in range(number):
                subprocess.run(call, **quiet)  # type: ignore[call-overload]
            speeds.append(number / (time.monotonic() - start))
        yield what, *speeds, speeds[1] / speeds[0]
    address.stop(socket)


def batch(scratch: Path) -> Rows:
    """Small models from nothing, and again with nothing to do"""
    yield "models", "jobs", "wall s", "cpu s", "cpu ms/job", "again wall s", "again cpu s"
    for number in (1, 10, 100):
        workspace = workspace_at(scratch / str(number), specimens.different(number))
        made, again = cost(workspace), cost(workspace)
        assert again.jobs == 0
        per_job = 1000 * made.cpu / made.jobs
        yield number, made.jobs, made.wall, made.cpu, per_job, again.wall, again.cpu


def blocks(scratch: Path) -> Rows:
    """Equal blocks: the unique components stay, so only the whole model should cost more"""
    yield (
        "blocks",
        "jobs",
        "wall s",
        "cpu s",
        "plan s",
        "root, composition s",
        "the rest s",
        "rest/8",
    )
    rests: dict[int, float] = {}
    for number in (8, 2, 32, 96):
        workspace = workspace_at(scratch / str(number), {"stack": specimens.blocks(number)})
        made = cost(workspace)
        plan = seconds_of(workspace.results, "*/logs/plan.log")
        root = seconds_of(workspace.results, "*/logs/*step_1_*.log")
        root += seconds_of(workspace.results, "*/logs/*compos*.log")
        rests[number] = seconds_of(workspace.results, "*/logs/*.log") - plan - root
        rest = rests[number]
        yield number, made.jobs, made.wall, made.cpu, plan, root, rest, rest / rests[8]


EDITS = {  # what changes: file, old text, new text
    "nothing": ("models/gpt2.py", "", ""),
    "a comment in the model": ("models/gpt2.py", "\n\nclass", "\n\n# a comment\nclass"),
    "one leaf of the model": ("models/gpt2.py", 'approximate="tanh"', 'approximate="none"'),
    "a comment in the decomposer": ("workflow/plumbline/decomposer/emit.py", '"""', '"""A: '),
    "a comment in the verifier": ("workflow/plumbline/verifier/cli.py", '"""', '"""A: '),
    "the number of trials": ("config.yaml", "trials: 3", "trials: 4"),
}


def edits(scratch: Path) -> Rows:
    """GPT-2, finished, and then edited"""
    yield "edit", "wall s", "wall/first", "jobs", "by rule"
    workspace = workspace_at(scratch / "gpt2", {"gpt2": bundled()["gpt2"]})
    first = cost(workspace)
    yield "(from nothing)", first.wall, 1, first.jobs, rules(first)
    for what, (file, old, new) in EDITS.items():
        path = workspace.path / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer says {old!r}"
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        made = cost(workspace)
        yield what, made.wall, made.wall / first.wall, made.jobs, rules(made)
        path.write_text(text, encoding="utf-8")
        cost(workspace)


def rules(made: Cost) -> str:
    counted = sorted((rule, n) for rule, n in made.run.jobs.items() if rule != "all")
    return ", ".join(f"{rule} {number}" for rule, number in counted)


MEASUREMENTS: dict[str, Callable[[Path], Rows]] = {
    function.__name__: function for function in (jobs, batch, blocks, edits, floor, memory)
}


def cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"
    return str(value)


def tell(title: str, rows: Rows) -> Iterator[str]:
    """A table, line by line as its rows come in."""
    yield f"\n## {title}\n"
    for number, row in enumerate(rows):
        yield f"| {' | '.join(map(cell, row))} |"
        if number == 0:
            yield "|" + "---|" * len(row)


def main() -> int:
    names = sys.argv[1:] or list(MEASUREMENTS)
    adopt_orphans()
    lines = [
        f"# Measurements\n\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start."
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            function = MEASUREMENTS[name]
            for line in tell(str(function.__doc__), function(Path(scratch, name))):
                print(line, flush=True)
                lines.append(line)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
