"""Join the plans of all models into one index, refusing those that this machine cannot hold."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline.plans import merge


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indexes", type=Path, nargs="+", required=True, help="plan/index.json")
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def read(path: Path) -> dict[str, Any]:
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    index["emitted"] = json.loads(path.with_name("emitted.json").read_text(encoding="utf-8"))
    return index


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    merged = merge(map(read, args.indexes), args.memory_mb)
    args.output.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
