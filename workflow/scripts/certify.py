"""Certify a component together with all that lies beneath it."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plumbline.pipeline import verdicts
from plumbline.pipeline.digests import sha256


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--component", type=Path, required=True, help="the component's file")
    parser.add_argument("--level", required=True)
    parser.add_argument("--selftest", type=Path, required=True)
    parser.add_argument("--verdict", type=Path, help="of the component's step, if it has one")
    parser.add_argument("--children", type=Path, nargs="*", default=[], help="their certificates")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def certificate(args: argparse.Namespace) -> dict[str, Any]:
    """Raises ValueError when something beneath is not as it was judged."""
    selftest = verdicts.read(args.selftest)
    if not verdicts.passed(selftest):
        raise ValueError(f"{args.component.name}: self-test failed: {selftest.get('reason')}")
    digest = sha256(args.component)
    judged: dict[str, str] = {}
    verifier = selftest.get("verifier")
    if args.verdict:
        verdict = verdicts.read(args.verdict)
        judged, verifier = dict(verdict["judged"]), verdict["verifier"]
        if not verdicts.passed(verdict) or digest not in judged.values():
            raise ValueError(f"{args.verdict}: not a PASS for {args.component}")
    return {
        "component": args.component.stem,
        "level": args.level,
        "status": "PASS",
        "sha256": digest,
        "step": args.verdict.parent.name if args.verdict else None,
        "judged": judged,
        "verifier": verifier,
        "children": {child.stem: sha256(child) for child in sorted(args.children)},
    }


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        text = json.dumps(certificate(args), indent=2)
    except ValueError as error:
        print(error)
        return 1
    args.output.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
