"""Print the table of all models and what stopped those that failed; write summary.tsv."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import table


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the results folder")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    return table.show(parse_args(argv).results)


if __name__ == "__main__":
    sys.exit(main())
