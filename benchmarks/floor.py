"""The forward passes that verification cannot do without: floor.py RESULT TRIALS

Prints JSON: `floor` in seconds on one thread, and `forward` of the whole model.

    each step           2 x trials forwards of its original, and one gradient pass (two forwards)
    the composition     the same of the whole model, and three forwards in composition_test.py
    each kernel         one forward in its self-test
"""

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

import torch

from plumbline.runner.server import keep_freed_memory

GRADIENT = 2
COMPOSITION_TEST = 3


def load(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("subject", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["subject"] = module
    spec.loader.exec_module(module)
    return module


def call(function: Any, arguments: Any) -> Any:
    return function(**arguments) if isinstance(arguments, dict) else function(*arguments)


def forward(file: Path) -> float:
    """Seconds of one forward: the better one of two, after one to warm up if it is short."""
    module = load(file)
    model, inputs = call(module.Model, module.get_init_inputs()).eval(), module.get_inputs()
    found: list[float] = []
    while len(found) < 3 and (len(found) < 2 or sum(found) < 1):
        start = time.perf_counter()
        call(model, inputs)
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> int:
    result, trials = Path(sys.argv[1]), int(sys.argv[2])
    keep_freed_memory()
    torch.set_num_threads(1)
    with torch.no_grad():
        whole = forward(result / "composition" / "original.py")
        steps = [forward(step / "original.py") for step in sorted((result / "steps").iterdir())]
        kernels = [forward(file) for file in sorted((result / "level_0_kernel").glob("*.py"))]
    judged = (2 * trials + GRADIENT) * (sum(steps) + whole)
    floor = judged + COMPOSITION_TEST * whole + sum(kernels)
    print(json.dumps({"floor": floor, "forward": whole}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
