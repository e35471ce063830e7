"""Touch PASS when a step's verdict and self-tests are good; else say what failed, and stop here."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import records, verdicts


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, required=True, help="results/NAME")
    parser.add_argument("--step", required=True)
    parser.add_argument("--verdict", type=Path, required=True)
    parser.add_argument(
        "--components", nargs="+", required=True, help="the parent and its children"
    )
    parser.add_argument("--selftests", type=Path, nargs="*", default=[], help="of the kernels")
    parser.add_argument("--output", type=Path, required=True, help="the PASS file")
    return parser.parse_args(argv)


def failures(args: argparse.Namespace) -> list[verdicts.Failure]:
    found = []
    verdict = verdicts.read(args.verdict)
    if not verdicts.passed(verdict):
        found.append(verdicts.failure_of(verdict, args.step, args.verdict))
    for path in args.selftests:
        component = path.stem
        selftest = verdicts.read(path)
        if not verdicts.passed(selftest):
            why = f"{component}: {selftest.get('reason')}"
            next_ = f"{verdicts.NEXT['self-test']}; details: {path}"
            found.append(verdicts.Failure(args.step, "self-test", why, next_))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    model = args.result.name
    found = failures(args)
    edited = [
        name for job in (args.step, *args.components) for name in records.edited(args.result, job)
    ]
    if found or edited:
        lines = [failure.lines(model) for failure in found]
        if edited:
            lines += [] if found else [f"FAIL  {model}  {args.step}"]
            lines.append(records.explain(model, edited))
        print("\n".join(lines), flush=True)
        (args.result / "verification" / "PASS").unlink(missing_ok=True)  # earned by other files
        return 1
    print(
        f"pass  {model}  {args.step}  {verdicts.summary(verdicts.read(args.verdict))}", flush=True
    )
    args.output.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
