"""The weight map: from every tensor of the refactored model to one of the original's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .exchange import Spec


@dataclass
class WeightMap:
    """A map and what is wrong with it."""

    map: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unmapped_original: list[str] = field(default_factory=list)
    unmapped_refactored: list[str] = field(default_factory=list)
    unread_original: list[str] = field(default_factory=list)


def check_weights(
    given: Mapping[str, str] | None, reference: dict[str, Any], candidate: dict[str, Any]
) -> WeightMap:
    """Total, same shapes and dtypes, ties kept, and nothing that the original reads left out."""
    original: dict[str, Spec] = reference["state"]
    refactored: dict[str, Spec] = candidate["state"]
    result = WeightMap()
    if given is None:
        result.map = guess_map(reference, candidate, result)
    else:
        result.map = {name: given[name] for name in refactored if name in given}
        result.problems += [
            f"weight_map.json names {name}, which the refactored model does not have"
            for name in sorted(set(given) - set(refactored))
        ]
    result.unmapped_refactored = [name for name in refactored if name not in result.map]
    result.problems += [
        f"{name} of the refactored model is not mapped" for name in result.unmapped_refactored
    ]
    for name, target in list(result.map.items()):
        problem = mismatch(name, target, refactored, original)
        if problem:
            result.problems.append(problem)
    check_ties(result, reference["ties"], candidate["ties"])
    check_reached(result, reference)
    return result


def mismatch(
    name: str, target: str, refactored: Mapping[str, Spec], original: Mapping[str, Spec]
) -> str:
    """Why one entry cannot hold, or nothing."""
    if target not in original:
        return f"{name} maps to {target}, which the original does not have"
    for key in ("shape", "dtype"):
        if refactored[name][key] != original[target][key]:
            wanted, found = original[target][key], refactored[name][key]
            return f"{name}: expected {key} {wanted} of {target}, found {found}"
    kept = refactored[name]["standing"]
    if original[target]["standing"] == "parameter" and kept == "attribute":
        return f"{name} is a plain attribute, {target} of the original a parameter"
    return ""


def check_ties(
    result: WeightMap, original: Mapping[str, str], refactored: Mapping[str, str]
) -> None:
    """One tensor of the refactored model cannot stand for two different tensors of the original."""
    seen: dict[str, str] = {}
    for name, target in result.map.items():
        group = original.get(target, target)
        first = seen.setdefault(refactored[name], group)
        if first != group:
            result.problems.append(
                f"{name} is tied in the refactored model, but {group} is not {first}"
            )


def check_reached(result: WeightMap, reference: dict[str, Any]) -> None:
    """Every tensor that the original reads must be hit; unread ones are listed."""
    ties, read = reference["ties"], set(reference["record"]["read"])
    hit = {ties[target] for target in result.map.values() if target in ties}
    for name, group in ties.items():
        if group not in hit:
            (result.unmapped_original if name in read else result.unread_original).append(name)
    result.problems += [
        f"{name} of the original is used but not mapped" for name in result.unmapped_original
    ]


def guess_map(
    reference: dict[str, Any], candidate: dict[str, Any], result: WeightMap
) -> dict[str, str]:
    """Without a file: by name, then by suffix, then by shape where the numbers of tensors agree."""
    original, refactored = reference["state"], candidate["state"]
    ties, read = reference["ties"], set(reference["record"]["read"])
    found = {n: n for n in refactored if n in original and not mismatch(n, n, refactored, original)}
    taken = {ties[name] for name in found.values()}
    left: dict[tuple[tuple[int, ...], str], list[str]] = {}
    for name, spec in refactored.items():
        if name not in found:
            left.setdefault((tuple(spec["shape"]), spec["dtype"]), []).append(name)
    for (shape, dtype), names in left.items():
        options = [
            name
            for name, spec in original.items()
            if ties[name] == name and name not in taken and name in read
            and (tuple(spec["shape"]), spec["dtype"]) == (shape, dtype)
        ]  # fmt: skip
        firsts = [name for name in names if candidate["ties"][name] == name]
        if len(options) == len(firsts):
            pairs = dict(zip(firsts, options, strict=True))
            found.update({name: pairs[candidate["ties"][name]] for name in names
                          if candidate["ties"][name] in pairs})  # fmt: skip
        elif options:
            result.problems.append(
                f"without weight_map.json, {', '.join(names)} of shape {list(shape)} could be "
                f"any of {', '.join(options)}: write a weight_map.json"
            )
    return found
