"""Stand-in: a component fails its self-test when its text says UNRUNNABLE."""

from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv, "component", "output")
    bad = "UNRUNNABLE" in Path(args.component).read_text(encoding="utf-8")
    status = "FAIL" if bad else "PASS"
    write(Path(args.output), {"status": status, "reason": "it says so" if bad else ""})
    return int(bad)


if __name__ == "__main__":
    raise SystemExit(main())
