"""Verify the composed model. Where the root's own step was this very composition, its verdict is the answer."""

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
from plumbline.verifier import cli
from plumbline.verifier.files import package_digest

SHARED = ("weight_map.json",)  # no part of a verdict's digests


def judged_before(options: argparse.Namespace, step: Path) -> dict[str, Any] | None:
    """The verdict of a step, if it judged the same bytes in the same way: that of a model that is one kernel."""
    verdict = verdicts.read(step)
    settings = verdict.get("settings", {})
    asked = {"seed": options.seed, "trials": options.trials, "threads": options.threads}
    here = options.refactored.parent
    files = {name: here / name for name in verdict.get("judged", {})}
    same = (
        verdicts.passed(verdict)
        and verdicts.bit_exact(verdict)
        and verdict.get("verifier") == package_digest()
        and all(settings.get(name) == value for name, value in asked.items())
        and {path.name for path in (options.original, options.refactored)} <= set(files)
        and {path.name for path in (here / "children").glob("*.py")}
        == {path.name for path in files.values() if path.parent != here}
        and all(p.is_file() and sha256(p) == verdict["judged"][n] for n, p in files.items())
        and all(sha256(here / name) == sha256(step.with_name(name)) for name in SHARED)
    )
    return verdict if same else None


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 on PASS, 1 on FAIL, 2 on wrong use."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--root", type=Path, required=True, help="verdict of the root's step")
    own, rest = parser.parse_known_args(argv)
    options = cli.parser().parse_args(rest)
    verdict = judged_before(options, own.root)
    if verdict is None:
        return cli.main(rest)
    verdict["original_file"] = str(options.original)
    verdict["refactored_file"] = str(options.refactored)
    shutil.copyfile(own.root.with_name("coverage_report.json"), options.coverage)
    options.output.write_text(json.dumps(verdict, indent=2) + "\n", encoding="utf-8")
    print(f"PASS  {options.refactored}  as {own.root.parent.name}, which is the same files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
