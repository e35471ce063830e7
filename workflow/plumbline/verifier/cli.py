"""Command line of verify_step.py and of ``python path/to/verifier``."""

from __future__ import annotations

import argparse
import dataclasses
import signal
from collections.abc import Sequence
from pathlib import Path

from .coverage import step_coverage
from .memory import Forgotten
from .process import Ending
from .settings import DEFAULT_TOLERANCES, Settings, Tolerance
from .step import Step
from .verdict import write_json

UNFINISHED = {"status": "FAIL", "reason": "the verification did not finish"}


def tolerance(text: str) -> tuple[str, Tolerance]:
    """``float32=1e-4,1e-5`` as a dtype and its rtol and atol."""
    try:
        dtype, _, numbers = text.partition("=")
        rtol, atol = (float(number) for number in numbers.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: expected DTYPE=RTOL,ATOL") from error
    if dtype not in DEFAULT_TOLERANCES or not (0 <= rtol < 1 and 0 <= atol < 1):
        raise argparse.ArgumentTypeError(f"{text!r}: unknown dtype, or a number outside [0, 1)")
    return dtype, Tolerance(rtol, atol)


def parser() -> argparse.ArgumentParser:
    """Arguments of one verification."""
    result = argparse.ArgumentParser(description="Verify one decomposition step.")
    result.add_argument("--original", type=Path, required=True, help="the parent component")
    result.add_argument(
        "--refactored", type=Path, required=True, help="its rewriting as calls to children"
    )
    result.add_argument("--output", type=Path, required=True, help="where the verdict is written")
    result.add_argument("--coverage", type=Path, help="also write coverage_report.json here")
    result.add_argument(
        "--composition",
        action="store_true",
        help="all children are kernels, levels are not checked",
    )
    result.add_argument(
        "--remember", type=Path, metavar="FILE", help="write there what the original gives"
    )
    result.add_argument(
        "--recall", type=Path, metavar="FILE",
        help="use what is written there, where it was the same original in the same settings",
    )  # fmt: skip
    result.add_argument("--seed", type=int, default=0)
    result.add_argument("--trials", type=int, default=3)
    result.add_argument("--threads", type=int, default=1)
    result.add_argument(
        "--tolerance", type=tolerance, nargs="*", default=[], metavar="DTYPE=RTOL,ATOL"
    )
    result.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS")
    result.add_argument("--mem-mb", type=int)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Judge one step: exit code 0 on PASS, 1 on FAIL, 2 on wrong use."""
    options = parser().parse_args(argv)
    if options.trials < 1 or options.threads < 1:
        parser().error("--trials and --threads must be at least 1")
    taken = {path.resolve() for path in (options.original, options.refactored)}
    if options.output.is_dir() or options.output.resolve() in taken:
        parser().error(f"--output {options.output} is a folder, or a file that is judged")
    before = signal.signal(signal.SIGTERM, Ending.now)  # workers and files go too
    try:
        return judge(options)
    finally:
        signal.signal(signal.SIGTERM, before)


def judge(options: argparse.Namespace) -> int:
    """Write FAIL, judge, write the verdict."""
    write_json(options.output, UNFINISHED)  # an old PASS must not survive an aborted run
    settings = Settings(
        original=options.original, refactored=options.refactored, composition=options.composition,
        seed=options.seed, trials=options.trials, threads=options.threads,
        tolerances=dict(options.tolerance), time_limit=options.time_limit, mem_mb=options.mem_mb,
        remember=options.remember, recall=options.recall,
    )  # fmt: skip
    step = Step(settings)
    try:
        verdict = step.run()
    except Forgotten:
        step = Step(dataclasses.replace(settings, recall=None, keep_large=True))
        verdict = step.run()
    if options.coverage:
        report = step_coverage(step.reference.get("record", {}), step.record)
        write_json(options.coverage, {**report, "judged": verdict.judged})
    write_json(options.output, verdict.as_json())
    print(verdict.text())
    return 0 if verdict.status == "PASS" else 1
