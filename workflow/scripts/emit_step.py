"""Write the files of one step: original.py, refactored.py, children/ and weight_map.json."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when the files were written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entry", type=Path, required=True, help="plan/components/NAME.json")
    parser.add_argument("--model", type=Path, required=True, help="the user's model file")
    parser.add_argument("--component", type=Path, required=True, help="the parent's component file")
    parser.add_argument(
        "--children", type=Path, nargs="+", required=True, help="the children's component files"
    )
    parser.add_argument("--output", type=Path, required=True, help="steps/STEP")
    args = parser.parse_args(argv)

    from plumbline.decomposer.emit import write_step

    entry = json.loads(args.entry.read_text("utf-8"))
    write_step(entry, args.component, args.children, args.model, args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
