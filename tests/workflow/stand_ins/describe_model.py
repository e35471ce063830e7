"""Stand-in: a tree and an analysis with nothing in them."""

from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write


def main(argv: Sequence[str] | None = None) -> int:
    result = Path(arguments(argv, "result").result)
    write(result / "decomposition_tree.json", {"metadata": {}, "nodes": {}})
    write(result / "decomposition_analysis.md", "# Analysis\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
