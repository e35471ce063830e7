"""Capture a model file and write its plan: index.json and one entry per component."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 whenever a plan or a refusal was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="models/NAME.py")
    parser.add_argument("--output", type=Path, required=True, help="the plan's folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)

    import torch

    from plumbline.decomposer.plan import write_plan

    torch.set_num_threads(args.threads)
    index = write_plan(args.model, args.output, args.seed)
    print(f"{index['model']}: {index['status']}, {len(index['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
