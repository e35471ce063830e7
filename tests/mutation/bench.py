"""Cost of a judgement: ``python tests/mutation/bench.py STEP_FOLDER...``

Seconds of each step in a warm process, and how they compare with the forward passes that it must
make (trials times two) and one gradient pass, counted as two forwards.
"""

import importlib.util
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "workflow")]

import torch
from run import forked, verdict

from plumbline.verifier.limits import tune_allocator

NEEDED = 3 * 2 + 2


def forward_seconds(step: Path) -> float:
    """Best of two forwards of the original, on one thread."""
    tune_allocator()
    spec = importlib.util.spec_from_file_location("original", step / "original.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, inputs = module.Model(*module.get_init_inputs()).eval(), module.get_inputs()
    found = []
    with torch.no_grad():
        for _ in range(3):
            started = time.perf_counter()
            model(**inputs) if isinstance(inputs, dict) else model(*inputs)
            found.append(time.perf_counter() - started)
    return min(found)


def main() -> int:
    """Print one row a step."""
    for step in map(Path, sys.argv[1:]):
        started = time.perf_counter()
        status = forked(lambda s=step: verdict(s), 600)
        seconds = time.perf_counter() - started
        forward = float(forked(lambda s=step: repr(forward_seconds(s)), 600))
        ratio = seconds / (NEEDED * forward)
        print(f"{status} {step}: {seconds:.2f} s, forward {forward:.3f} s, ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
