"""Account for every operation of a model in its parts."""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.verifier.tools import extract


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when all operations are covered, 1 when not, 2 on wrong use."""
    return extract.main(argv)


if __name__ == "__main__":
    sys.exit(main())
