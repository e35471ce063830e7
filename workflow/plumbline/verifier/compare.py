"""Compare two written outputs: structure, then bytes, then values in a fresh worker."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .exchange import SharedFile
from .settings import Settings
from .values import Mismatch, Spec, item_size, leaf_pairs, span

BLOCK = 1 << 22
CHUNK = 1 << 18  # bytes: two of them fit into a core's cache


@dataclass
class Comparison:
    """Outcome for one trial. ``problem`` is empty when everything agrees."""

    problem: str = ""
    max_diff: float = 0.0
    values: int = 0
    bit_exact: bool = True
    pending: list[tuple[str, Spec, Spec]] = field(default_factory=list)


def compare_structure(expected: Spec, found: Spec, where: str, result: Comparison) -> None:
    """Nesting, types, shapes, dtypes, plain values; tensors are collected for their bytes."""
    if result.problem:
        return
    try:
        for place, one, two in leaf_pairs(expected, found, where):
            if one["kind"] == "tensor":
                result.pending.append((place, one, two))
                continue
            result.values += 1
            if not _same_plain(one, two):
                result.problem = f"{place}: expected {one['value']!r}, found {two['value']!r}"
                return
    except Mismatch as error:
        result.problem = str(error)


def _same_plain(expected: Spec, found: Spec) -> bool:
    if expected["kind"] != "float":
        return bool(expected.get("value") == found.get("value"))
    one, two = float.fromhex(expected["value"]), float.fromhex(found["value"])
    return math.isclose(one, two, rel_tol=1e-6) or (one != one and two != two)


def same_bytes(left: Path, right: Path, one: Spec, two: Spec) -> bool:
    """Whether two dense tensors have the same bytes; needs no tensor operation.

    The buffers stay: new ones of this size are new pages each time, which takes three times as long.
    """
    size, done = span(one["shape"], one["stride"]) * item_size(one["dtype"]), 0
    buffers = bytearray(CHUNK), bytearray(CHUNK)
    with left.open("rb") as first, right.open("rb") as second:
        while done < size:
            count = min(
                size - done,
                os.preadv(first.fileno(), buffers[:1], one["place"] + done),
                os.preadv(second.fileno(), buffers[1:], two["place"] + done),
            )
            parts = buffers if count == CHUNK else [buffer[:count] for buffer in buffers]
            if not count or parts[0] != parts[1]:
                return False
            done += count
    return True


def compare_values(request: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Run in a worker of its own: tolerance and the worst element of one pair of tensors."""
    torch.set_num_threads(settings.threads)
    expected = SharedFile(Path(request["left"])).tensor(request["expected"]).flatten()
    found = SharedFile(Path(request["right"])).tensor(request["found"]).flatten()
    if expected.is_complex():
        expected = torch.view_as_real(expected).flatten()
        found = torch.view_as_real(found).flatten()
    tolerance = settings.tolerance(request["expected"]["dtype"])
    atol = tolerance.atol * min(1.0, level(expected))
    worst: dict[str, Any] = {"excess": 0.0, "max_diff": 0.0, "wrong": 0}
    for start in range(0, expected.numel(), BLOCK):
        one = expected[start : start + BLOCK].double()
        two = found[start : start + BLOCK].double()
        compare_block(one, two, start, atol, tolerance.rtol, worst)
    if "index" in worst:
        worst["index"] = position(worst["index"], request["expected"])
    return worst


def compare_block(
    one: torch.Tensor,
    two: torch.Tensor,
    start: int,
    atol: float,
    rtol: float,
    worst: dict[str, Any],
) -> None:
    """Update the worst element with one block."""
    same = (one == two) | (one.isnan() & two.isnan())
    difference = (one - two).abs()
    difference[same] = 0.0
    finite = one.isfinite() & two.isfinite()
    excess = difference - (atol + rtol * one.abs())
    excess[same] = -1.0
    excess[~finite & ~same] = math.inf
    shown = difference[finite]
    if shown.numel():
        worst["max_diff"] = max(worst["max_diff"], float(shown.max()))
    worst["wrong"] += int((excess > 0).sum())
    value, index = excess.max(0)
    if float(value) > worst["excess"]:
        at = int(index)
        worst.update(
            excess=min(float(value), 1e300), index=start + at,
            expected=repr(float(one[at])), found=repr(float(two[at])),
        )  # fmt: skip


def level(tensor: torch.Tensor) -> float:
    """Root mean square of the finite values, blockwise."""
    total, count = 0.0, 0
    for start in range(0, tensor.numel(), BLOCK):
        block = tensor[start : start + BLOCK].double()
        block = block[block.isfinite()]
        total += float(block.square().sum())
        count += block.numel()
    return math.sqrt(total / count) if count else 1.0


def position(flat: int, spec: Spec) -> list[int]:
    """Index in the tensor of a flat position."""
    index: list[int] = []
    if spec["dtype"].startswith("complex"):
        flat //= 2
    for size in reversed(spec["shape"]):
        index.insert(0, flat % size)
        flat //= size
    return index
