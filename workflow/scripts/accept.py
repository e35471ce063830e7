"""The last gate of a model: composition and coverage are good, or say why not.

With --error, for a model that has no plan: say why, and fail.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import records, verdicts
from plumbline.pipeline.verdicts import Failure


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--result", type=Path, required=True, help="results/NAME")
    parser.add_argument("--plans", type=Path, help="results/plans.json, for a refused model")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def refused(args: argparse.Namespace) -> int:
    """One line; the whole error stands at the end of the run."""
    index = json.loads(args.plans.read_text(encoding="utf-8"))[args.result.name]
    what = (index["error"] or {}).get("what", "there is no plan")
    print(f"FAIL  {args.result.name}  planning: {what}", flush=True)
    return 1


def failures(result: Path) -> list[Failure]:
    found = []
    for path in (
        result / "verification" / "composition_result.json",
        result / "verification" / "coverage_summary.json",
    ):
        report = verdicts.read(path)
        if report["status"] not in ("PASS", "FULL_COVERAGE"):
            why = report.get("reason") or report["status"]
            found.append(Failure(path.stem, "whole model", why, f"read {path}"))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    if args.plans:
        return refused(args)
    model = args.result.name
    found = failures(args.result)
    edited = records.edited(args.result, "composition")
    if found or edited:
        lines = [failure.lines(model) for failure in found]
        lines += [records.explain(model, edited)] if edited else []
        print("\n".join(lines), flush=True)
        return 1
    print(f"pass  {model}  composition of all kernels, every operation covered", flush=True)
    args.output.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
