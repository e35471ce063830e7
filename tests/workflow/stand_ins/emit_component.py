"""Stand-in: the file of a component is its name and the text that the toy model gives it."""

import json
from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write

EXTRA = ""  # a test plants a fault, or a change without effect, here


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv, "entry", "output")
    entry = json.loads(Path(args.entry).read_text(encoding="utf-8"))
    write(Path(args.output), f"{entry['name']} {entry['text']}{EXTRA}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
