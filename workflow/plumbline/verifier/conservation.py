"""Check 6: the refactored model runs the original's operations, all of them and no others."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .verdict import Section


def check_conservation(
    section: Section, original: dict[str, Any], refactored: dict[str, Any]
) -> None:
    """Multisets of computing nodes and of bare arithmetic are equal; nothing computes outside."""
    section.reached = True
    missing: dict[str, int] = {}
    extra: dict[str, int] = {}
    for kind in ("computing", "arithmetic"):
        left, right = Counter(original[kind]), Counter(refactored[kind])
        missing.update(left - right)
        extra.update(right - left)
    section.problems += [f"missing operation {op} (x{n})" for op, n in missing.items()]
    section.problems += [f"extra operation {op} (x{n})" for op, n in extra.items()]
    section.problems += regrouped(original, refactored, bool(missing or extra))
    if not section.problems:
        section.problems += rewired(original["wiring"], refactored["wiring"])
    reads = sum(refactored["reads"].values()) - sum(original["reads"].values())
    if reads > 0:
        places = ", ".join(refactored["reads"])
        section.problems.append(f"{places}: tensor values are read into Python (x{reads})")
    for node in refactored["outside"]:
        section.problems.append(f"{node['line']}: {node['op']} computes outside a child")
    twins = Counter(node["op"] for node in original["excluded"])
    for op, count in (Counter(node["op"] for node in refactored["excluded"]) - twins).items():
        lines = sorted({node["line"] for node in refactored["excluded"] if node["op"] == op})
        section.problems.append(f"{', '.join(lines)}: {op} (x{count}) reaches no output")
    section.facts = {
        "missing": missing, "extra": extra,
        "operations": sum(original["computing"].values()),
        "arithmetic": sum(original["arithmetic"].values()),
        "excluded": [{k: n[k] for k in ("op", "why", "line")} for n in original["excluded"]],
    }  # fmt: skip


def rewired(original: dict[str, str], refactored: dict[str, str]) -> list[str]:
    """The same operations, of which some read others than in the original; the first one tells."""
    lost = [text for digest, text in original.items() if digest not in refactored]
    found = [text for digest, text in refactored.items() if digest not in original]
    if not lost and not found:
        return []
    return [
        f"wired otherwise: expected {(lost or ['nothing'])[0]}, found {(found or ['nothing'])[0]}"
    ]


def regrouped(original: dict[str, Any], refactored: dict[str, Any], explained: bool) -> list[str]:
    """Operations that run the same nodes in other groups, or run none (dropout in eval)."""
    left, right = Counter(original["operations"]), Counter(refactored["operations"])
    if explained or left == right:
        return []
    missing = [f"missing operation {op} (x{n})" for op, n in (left - right).items()]
    return missing + [f"extra operation {op} (x{n})" for op, n in (right - left).items()]
