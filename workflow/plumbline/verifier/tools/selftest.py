"""Run one component file by itself: it must execute, keep its shapes, and give finite values."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ..files import FileError, Source, read_source
from ..forward import PlainMemory
from ..limits import no_strays
from ..loading import load_original
from ..process import Worker, WorkerFailed
from ..runtime import build_model, call_model, flat_tensors, prepare_runtime
from ..verdict import write_json

INFINITY = re.compile(r"\binf\b")


def run_component(source: Source, threads: int) -> dict[str, Any]:
    """In the worker: build the component and call it on its own inputs."""
    prepare_runtime(threads)
    torch.manual_seed(0)
    module = load_original(source.text, source.path.resolve())
    inputs = module.get_inputs()
    model = build_model(module)
    given = flat_tensors(inputs)
    strange = any(
        has_nonfinite(tensor) for tensor in [*given, *model.parameters(), *model.buffers()]
    )
    with PlainMemory():
        output = call_model(model, inputs)
    problems = []
    if output is None:
        problems.append("the output is None")
    outputs = flat_tensors(output)
    if not strange:
        problems += [problem for index, tensor in enumerate(outputs)
                     if (problem := value_problem(index, tensor, source.text))]  # fmt: skip
    shapes = [list(tensor.shape) for tensor in outputs]
    if hasattr(module, "get_expected_output_shape"):
        expected = [list(shape) for shape in module.get_expected_output_shape()]
        problems += shape_problems(expected, shapes)
    return {
        "problems": problems,
        "output_shapes": shapes,
        "output_dtypes": [str(tensor.dtype).removeprefix("torch.") for tensor in outputs],
    }


def has_nonfinite(tensor: torch.Tensor) -> bool:
    """Whether a float tensor holds NaN or an infinity."""
    return holds(tensor, lambda part: ~torch.isfinite(part))


def holds(tensor: torch.Tensor, test: Callable[[torch.Tensor], torch.Tensor]) -> bool:
    """Whether any value of a float tensor fits, looked at in parts: a mask of the whole may not fit in memory."""
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return False
    parts = torch.split(tensor.flatten(), 1 << 24)
    if all(
        torch.isfinite(part.sum()) for part in parts
    ):  # one cheap pass clears almost every tensor
        return False
    return any(bool(test(part).any()) for part in parts)


def value_problem(index: int, tensor: torch.Tensor, text: str) -> str:
    """NaN, or an infinity that the source does not speak of (masks are filled with one)."""
    if holds(tensor, torch.isnan):
        return f"output {index} contains NaN"
    if holds(tensor, torch.isinf) and not INFINITY.search(text):
        return f"output {index} contains infinity"
    return ""


def shape_problems(expected: list[list[int]], found: list[list[int]]) -> list[str]:
    """Output tensors against get_expected_output_shape(), in order."""
    if len(expected) != len(found):
        return [f"expected {len(expected)} output tensors, found {len(found)}"]
    return [
        f"output {index}: expected shape {one}, found {two}"
        for index, (one, two) in enumerate(zip(expected, found, strict=True))
        if one != two
    ]


def selftest(path: Path, threads: int, time_limit: float, mem_mb: int | None) -> dict[str, Any]:
    """Verdict on one component file."""
    result: dict[str, Any] = {"status": "FAIL", "reason": "", "component": path.name, "sha256": ""}
    try:
        source = read_source(path, allow_link=True)
        result["sha256"] = source.sha256
        deadline = time.monotonic() + time_limit
        with (
            no_strays(),
            Worker(lambda: lambda _: run_component(source, threads), deadline, mem_mb) as worker,
        ):
            reply = worker.ask({})
    except FileError as error:
        return result | {"reason": str(error)}
    except WorkerFailed as error:
        where = f" at {error.where}" if error.where else ""
        return result | {"reason": f"the component {error.kind}: {error.message}{where}"}
    problems = reply.pop("problems")
    return (
        result | reply | {"status": "FAIL" if problems else "PASS", "reason": "; ".join(problems)}
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 on PASS, 1 on FAIL."""
    parser = argparse.ArgumentParser(description="Run one component file by itself.")
    parser.add_argument("--component", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--mem-mb", type=int)
    options = parser.parse_args(argv)
    write_json(options.output, {"status": "FAIL", "reason": "the self-test did not finish",
                                "component": options.component.name, "sha256": ""})  # fmt: skip
    result = selftest(options.component, options.threads, options.time_limit, options.mem_mb)
    write_json(options.output, result)
    print(f"{result['status']}  {options.component}  {result['reason']}".rstrip())
    return 0 if result["status"] == "PASS" else 1
