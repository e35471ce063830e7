"""Self-test of a component that a step has run as its original: read off the step's verdict, not run again."""

import argparse
import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import verdicts
from plumbline.pipeline.digests import sha256


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--component", type=Path, required=True)
    parser.add_argument("--verdict", type=Path, required=True, help="of the component's own step")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, help="taken like selftest.py takes it")
    parser.add_argument("--time-limit", type=float, help="taken like selftest.py takes it")
    parser.add_argument("--mem-mb", type=int, help="taken like selftest.py takes it")
    return parser.parse_args(argv)


def problem(component: Path, verdict: dict[str, Any]) -> str:
    """Why the verdict does not show that the component runs and has its shapes; empty if it does."""
    if sha256(component) not in verdict.get("judged", {}).values():
        return "its step judged another file than this one"
    if not verdicts.passed(verdict):
        return f"its step fails: {verdict.get('reason')}"
    if (promised := expected_shapes(component)) is None:
        return ""
    found = [tuple(shape) for shape in verdict["numerical_comparison"]["output_shapes"]]
    return (
        f"get_expected_output_shape() promises {promised}, the forward gives {found}"
        if promised != found
        else ""
    )


def expected_shapes(component: Path) -> list[tuple[int, ...]] | None:
    """What the file's get_expected_output_shape() returns, literal shapes; None where it has none."""
    for node in reversed(ast.parse(component.read_text("utf-8")).body):
        if isinstance(node, ast.FunctionDef) and node.name == "get_expected_output_shape":
            last = node.body[-1]
            if isinstance(last, ast.Return) and last.value is not None:
                shapes: list[tuple[int, ...]] = ast.literal_eval(last.value)
                return shapes
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 on PASS, 1 on FAIL."""
    args = parse_args(argv)
    verdict = verdicts.read(args.verdict)
    reason = problem(args.component, verdict)
    result = {
        "status": "FAIL" if reason else "PASS",
        "reason": reason,
        "component": args.component.name,
        "sha256": sha256(args.component),
        "shown_by": args.verdict.parent.name,
        "verifier": verdict.get("verifier"),
    }
    args.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{result['status']}  {args.component}  {reason}".rstrip())
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
