"""Stand-in: everything is covered."""

from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write


def main(argv: Sequence[str] | None = None) -> int:
    output = Path(arguments(argv, "output").output)
    write(output, {"status": "FULL_COVERAGE", "coverage": {"coverage_pct": 100.0}})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
