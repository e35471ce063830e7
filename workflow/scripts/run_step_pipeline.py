"""Judge every step of a result folder, or gather the verdicts that are there."""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.verifier.tools import pipeline


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when every step passes, 1 when not, 2 on wrong use."""
    return pipeline.main(argv)


if __name__ == "__main__":
    sys.exit(main())
