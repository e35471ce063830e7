"""Run one component file by itself and write what came of it."""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.verifier.tools import selftest


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 on PASS, 1 on FAIL, 2 on wrong use."""
    return selftest.main(argv)


if __name__ == "__main__":
    sys.exit(main())
