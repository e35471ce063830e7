"""Print the file of one component from its entry in the plan."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when the file was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entry", type=Path, required=True, help="plan/components/NAME.json")
    parser.add_argument("--model", type=Path, required=True, help="the user's model file")
    parser.add_argument("--output", type=Path, required=True, help="level_K_x/NAME.py")
    args = parser.parse_args(argv)

    from plumbline.decomposer.emit import component_text

    entry = json.loads(args.entry.read_text("utf-8"))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(component_text(entry, args.model.read_text("utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
