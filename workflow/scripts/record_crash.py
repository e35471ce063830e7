"""Write down that a job died, as the plan or the verdict that it owed, so that a crash is a result.

The last line of the job's log is the reason. Without this, one crash would leave others waiting.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--logs", type=Path, nargs="+", required=True, help="of the job that died")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--plan", type=Path, help="the plan folder that the job should have filled")
    what.add_argument("--verdict", type=Path, help="the verdict that it should have written")
    return parser.parse_args(argv)


def last_words(logs: Sequence[Path]) -> str:
    texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs if log.exists()]
    lines = "\n".join(texts).splitlines()
    spoken = [line.strip() for line in lines if line.strip() and not line.startswith("# ")]
    return spoken[-1] if spoken else "it said nothing (killed, perhaps for want of memory)"


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def refused(model: str, reason: str, log: Path) -> dict[str, Any]:
    error = {
        "what": "planning ended without a plan",
        "where": model,
        "expected": None,
        "found": reason,
        "next": f"read {log}",
    }
    return {"model": model, "status": "refused", "error": error, "root": None, "components": {}}


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    log = args.logs[0]
    reason = last_words(args.logs)
    if args.plan:
        write(args.plan / "index.json", refused(args.model, reason, log))
        write(args.plan / "emitted.json", {})
    else:
        write(args.verdict, {"status": "FAIL", "reason": f"the job died: {reason} ({log})"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
