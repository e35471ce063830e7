"""Write the composition: the model rebuilt from its level-0 kernels, as a test and as a step for the verifier."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when the files were written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path, required=True, help="results/NAME/plan")
    parser.add_argument("--result", type=Path, required=True, help="results/NAME")
    args = parser.parse_args(argv)

    from plumbline.decomposer.compose import write_composition

    write_composition(args.plan, args.result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
