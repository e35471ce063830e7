"""Stand-in: a step fails when one of its files says BROKEN, and dies when one says CRASH."""

import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv, "original", "refactored", "output", "coverage")
    children = sorted((Path(args.refactored).parent / "children").glob("*.py"))
    files = [Path(args.original), Path(args.refactored), *children]
    texts = {str(file): file.read_bytes() for file in files}
    broken = [name for name, text in texts.items() if b"BROKEN" in text]
    if any(b"CRASH" in text for text in texts.values()):
        os.kill(os.getpid(), signal.SIGKILL)
    write(
        Path(args.output),
        {
            "status": "FAIL" if broken else "PASS",
            "reason": f"{broken[0]} says BROKEN" if broken else "",
            "judged": {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()},
            "verifier": "stand-in",
            "numerical_comparison": {
                "status": "FAIL" if broken else "PASS",
                "bit_exact": not broken,
                "num_trials": 3,
                "values_compared": 30,
                "max_diff_across_trials": 1.0 if broken else 0.0,
            },
            "sensitivity": {"status": "PASS", "insensitive_children": [], "unproven": []},
        },
    )
    if args.coverage:
        write(Path(args.coverage), {"status": "FULL_COVERAGE"})
    return int(bool(broken))


if __name__ == "__main__":
    raise SystemExit(main())
