"""The accounting of original operations against those of the children."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .operations import LITERALS


def coverage_report(original: Mapping[str, int], decomposed: Mapping[str, int],
                    plumbing: Mapping[str, int]) -> dict[str, Any]:  # fmt: skip
    """The coverage object of both coverage files. A tensor made of numbers is no operation."""
    left, right = (Counter({name: count for name, count in side.items() if name not in LITERALS})
                   for side in (original, decomposed))  # fmt: skip
    names = sorted(left | right)
    covered = sum((left & right).values())
    total = sum(left.values())
    details = [
        {"op_type": name, "original_count": left[name], "decomposed_count": right[name],
         "status": _status(left[name], right[name])}
        for name in names
    ]  # fmt: skip
    full = left == right
    return {
        "status": "FULL_COVERAGE" if full else "PARTIAL_COVERAGE",
        "coverage": {
            "total_original_ops": total,
            "total_decomposed_ops": sum(right.values()),
            "covered_op_count": covered,
            "coverage_pct": round(100.0 * covered / total, 4) if total else 100.0,
            "missing_op_types": sorted((left - right).keys()),
            "extra_op_types": sorted((right - left).keys()),
            "op_details": details,
        },
        "plumbing": dict(sorted(plumbing.items())),
    }


def _status(original: int, decomposed: int) -> str:
    if original == decomposed:
        return "covered"
    return "missing" if original > decomposed else "extra"


def step_coverage(reference: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Coverage of one step, from the two recordings of its first trial."""
    decomposed = Counter(
        name for child in record.get("children", []) for name in child["live_calls"]
    )
    report = coverage_report(reference.get("calls", {}), decomposed, reference.get("plumbing", {}))
    report["excluded"] = reference.get("excluded", [])
    return report
