"""Run an emission script, unless that would overwrite what somebody edited by hand.

    emit.py --result results/NAME --job JOB --writes PATH... -- emit_component.py ARGS...

Keeps a record of what was written (plumbline.pipeline.records).
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import compose_model
import emit_component
import emit_step

from plumbline.pipeline import records

EMITTERS = {
    "emit_component.py": emit_component.main,
    "emit_step.py": emit_step.main,
    "compose_model.py": compose_model.main,
}


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--result", type=Path, required=True, help="results/NAME")
    parser.add_argument("--job", required=True, help="the name of the record")
    parser.add_argument("--writes", type=Path, nargs="+", required=True, help="files and folders")
    parser.add_argument("command", nargs="+", help="the emission script and its arguments")
    return parser.parse_args(argv)


def files_in(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += [f for f in path.rglob("*") if f.is_file()] if path.is_dir() else [path]
    return sorted(file for file in found if "__pycache__" not in file.parts)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    edited = records.edited(args.result, args.job)
    if edited:
        print(f"FAIL  {args.result.name}  {args.job}", file=sys.stderr)
        print(records.explain(args.result.name, edited), file=sys.stderr)
        return 1
    for name in records.read(args.result, args.job):
        (args.result / name).unlink(missing_ok=True)  # a copy of a former child must not stay
    records.forget(args.result, args.job)  # if this is killed, nobody has edited what it leaves
    script, *arguments = args.command
    code = EMITTERS[script](arguments)
    if code == 0:
        records.write(args.result, args.job, files_in(args.writes))
    return code


if __name__ == "__main__":
    sys.exit(main())
