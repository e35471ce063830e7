"""composition_result.json: what composition_test.py and the verifier say of the composed model."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import verdicts


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="what composition_test.py said")
    parser.add_argument("--verdict", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def join(test: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    both = {"composition_test": test, "verify_step": verdict}
    failed = {name: part for name, part in both.items() if not verdicts.passed(part)}
    reason = "; ".join(f"{name}: {part.get('reason')}" for name, part in failed.items())
    return {"status": "FAIL" if failed else "PASS", "reason": reason, **both}


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    result = join(verdicts.read(args.test), verdicts.read(args.verdict))
    args.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
