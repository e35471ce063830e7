"""Write decomposition_tree.json and decomposition_analysis.md from the plan and the verdicts of a result."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when both files were written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, required=True, help="results/NAME")
    args = parser.parse_args(argv)

    from plumbline.decomposer.analysis import analysis
    from plumbline.decomposer.tree import Result, tree

    result = Result(args.result)
    text = json.dumps(tree(result), indent=1, ensure_ascii=False) + "\n"
    (args.result / "decomposition_tree.json").write_text(text, encoding="utf-8")
    (args.result / "decomposition_analysis.md").write_text(analysis(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
