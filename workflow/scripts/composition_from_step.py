"""The verdict on the composed model, where the root's own step was this very composition: one fusion, or one kernel."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import verdicts
from plumbline.pipeline.digests import sha256

MAP = "weight_map.json"  # judged as well, but not among a verdict's digests


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=Path, required=True, help="verdict of the root's step")
    parser.add_argument("--composition", type=Path, required=True, help="folder of the composition")
    return parser.parse_args(argv)


def is_the_same(verdict: dict[str, Any], step: Path, composition: Path) -> bool:
    """Whether a step passed with the bytes that lie in the folder of the composition, and no others.

    Seeds, trials and the verifier are the same: in one run, both are judged in one way.
    """
    judged = verdict.get("judged", {})
    children = {f"children/{path.name}" for path in (composition / "children").glob("*.py")}
    return (
        verdicts.passed(verdict)
        and verdicts.bit_exact(verdict)
        and set(judged) == {"original.py", "refactored.py", *children}
        and all(sha256(composition / name) == digest for name, digest in judged.items())
        and sha256(composition / MAP) == sha256(step.with_name(MAP))
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Write the verdict if it can be taken over; without one, the composition has to be judged."""
    args = parse_args(argv)
    verdict = verdicts.read(args.step)
    if not is_the_same(verdict, args.step, args.composition):
        return 0
    verdict["original_file"] = str(args.composition / "original.py")
    verdict["refactored_file"] = str(args.composition / "refactored.py")
    shutil.copyfile(
        args.step.with_name("coverage_report.json"), args.composition / "coverage_report.json"
    )
    text = json.dumps(verdict, indent=2) + "\n"
    (args.composition / "verification_result.json").write_text(text, encoding="utf-8")
    print(f"PASS  {args.composition}: the files of {args.step.parent.name}, which has passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
