"""What the verifier found, as a table: one row for each step, then what a reader should not overlook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .tree import Result, read_json

LISTED = 40


def findings(result: Result) -> Iterator[str]:
    """Lines of Markdown."""
    yield "## What the verifier found"
    yield ""
    yield "| step | status | bit-exact | trials | values compared | largest difference | remarks |"
    yield "|---|---|---|---:|---:|---:|---|"
    verdicts = dict(result.verdicts)
    composed = read_json(result.folder / "composition" / "verification_result.json")
    if composed:
        verdicts["composition"] = composed
    for step, verdict in verdicts.items():
        numbers = verdict.get("numerical_comparison", {})
        yield (
            f"| `{step}` | {verdict.get('status', 'NOT_RUN')} | {'yes' if numbers.get('bit_exact') else 'no'} |"
            f" {numbers.get('num_trials', 0)} | {numbers.get('values_compared', 0):,} |"
            f" {numbers.get('max_diff_across_trials', '')} | {_remarks(verdict)} |"
        )
    yield ""
    yield from _unproven(result)
    yield from _unlike(verdicts)


def _remarks(verdict: dict[str, Any]) -> str:
    reason = " ".join(str(verdict.get("reason", "")).split())
    notes = [str(note) for note in verdict.get("notes", [])]
    return "; ".join([*([reason[:200]] if reason else []), *notes]).replace("|", "/")


def _unproven(result: Result) -> Iterator[str]:
    found = [
        {"child": child, "step": step}
        for step, verdict in result.verdicts.items()
        for child in verdict.get("sensitivity", {}).get("unproven", [])
    ]
    yield from listed(
        "Unproven: a child that changed nothing in any trial, so that nothing was learned about it",
        found,
        lambda item: f"`{item['child']}` in `{item['step']}`",
    )


def _unlike(verdicts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Steps that pass, but not to the last bit."""
    found = [
        {"step": step, "difference": verdict["numerical_comparison"].get("max_diff_across_trials")}
        for step, verdict in verdicts.items()
        if verdict.get("status") == "PASS" and not verdict["numerical_comparison"].get("bit_exact")
    ]
    yield from listed(
        "Equal within the tolerance but not to the last bit",
        found,
        lambda item: f"`{item['step']}`: {item['difference']}",
    )


def listed(
    title: str, items: list[dict[str, Any]], text: Callable[[dict[str, Any]], str]
) -> Iterator[str]:
    """A heading with the number of items, and the items, each once."""
    unique = list(dict.fromkeys(text(item) for item in items))
    yield f"- {title}: {len(items) or 'none'}"
    yield from (f"  - {item}" for item in unique[:LISTED])
    if len(unique) > LISTED:
        yield f"  - and {len(unique) - LISTED} more places"
