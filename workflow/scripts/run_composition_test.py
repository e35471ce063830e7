"""Run verification/composition_test.py as a stranger would, and write down what it says."""

import argparse
import contextlib
import io
import json
import os
import runpy
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def run(test: Path) -> tuple[int, str]:
    """Exit code and output of the test, run in this fresh process where torch is warm."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            runpy.run_path(str(test), run_name="__main__")
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        except Exception:
            traceback.print_exc()
            code = 1
    return code, said.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    test, output = args.test.resolve(), args.output.resolve()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import torch

    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as elsewhere:
        os.chdir(elsewhere)  # it has to work from any directory
        sys.argv = [str(test)]
        code, text = run(test)
        os.chdir(test.parent)
    print(text)
    last = text.strip().splitlines()[-1] if text.strip() else "it printed nothing"
    status = "PASS" if code == 0 and "PASS" in text.split() else "FAIL"
    result = {"status": status, "reason": "" if status == "PASS" else last, "exit_code": code}
    output.write_text(json.dumps(result | {"output": text}, indent=2) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
