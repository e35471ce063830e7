"""The weight map: from every tensor of the refactored model to one of the original's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .values import Spec


@dataclass
class WeightMap:
    """A map and what is wrong with it."""

    map: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unmapped_original: list[str] = field(default_factory=list)
    unmapped_refactored: list[str] = field(default_factory=list)
    unread_original: list[str] = field(default_factory=list)


def check_weights(
    given: Mapping[str, str], reference: dict[str, Any], candidate: dict[str, Any]
) -> WeightMap:
    """Total, same shapes and dtypes, ties kept, and nothing that the original reads left out."""
    original: dict[str, Spec] = reference["state"]
    refactored: dict[str, Spec] = candidate["state"]
    if not given.keys() & refactored.keys() and refactored.keys() >= set(given.values()):
        given = {name: target for target, name in given.items()}  # written from the original's side
    result = WeightMap({name: given[name] for name in refactored if name in given})
    result.problems += [
        f"weight_map.json names {name}, which the refactored model does not have"
        for name in sorted(set(given) - set(refactored))
    ]
    result.unmapped_refactored = [name for name in refactored if name not in result.map]
    result.problems += [
        f"{name} of the refactored model is not mapped ({tensor_text(refactored[name])})"
        for name in result.unmapped_refactored
        if not is_counter(refactored[name])
    ]
    for name, target in list(result.map.items()):
        problem = mismatch(name, target, refactored, original)
        if problem:
            result.problems.append(problem)
    check_ties(result, reference["ties"], candidate["ties"])
    check_reached(result, reference)
    return result


def is_counter(spec: Spec) -> bool:
    """A single integer, as batch norm keeps one: it may be left out of a map if nobody reads it."""
    return not spec["shape"] and spec["dtype"].startswith("int") and spec["standing"] == "buffer"


def tensor_text(spec: Spec) -> str:
    """A dtype and a shape, as messages show them."""
    return f"{spec['dtype']}{spec['shape']}"


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
    wanted, found = original[target]["standing"], refactored[name]["standing"]
    if "parameter" in (wanted, found) and wanted != found:
        return f"{name}: expected a {wanted} as {target} is, found {with_article(found)}"
    return ""


def with_article(standing: str) -> str:
    """ "a buffer", "an attribute"."""
    return f"{'an' if standing[0] in 'aeiou' else 'a'} {standing}"


def idle(result: WeightMap, reference: dict[str, Any], record: dict[str, Any]) -> list[str]:
    """Mapped tensors that the refactored model never reads, though the original reads their targets."""
    wanted, found = set(reference["record"]["read"]), set(record["read"])
    return [name for name, target in result.map.items() if target in wanted and name not in found]


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


def guess_map(reference: dict[str, Any], candidate: dict[str, Any]) -> dict[str, str]:
    """Without a file: beside a sibling, else the same last name, else the same shape, in order."""
    original, ties = reference["state"], reference["ties"]
    refactored = candidate["state"]
    firsts = [name for name in refactored if candidate["ties"][name] == name]
    found: dict[str, str] = {}
    taken: dict[tuple[str, ...], int] = {}
    owners: dict[str, str] = {}  # module of the refactored model -> of the original
    for name in firsts:
        kind = (str(refactored[name]["shape"]), refactored[name]["dtype"])
        fitting = [
            o for o in original if ties[o] == o and not mismatch(name, o, refactored, original)
        ]
        owner, _, own = name.rpartition(".")
        last = [o for o in fitting if o.rpartition(".")[2] == own]
        options, key = (last, (*kind, own)) if last else (fitting, kind)
        rank = taken[key] = taken.get(key, -1) + 1
        sibling = f"{owners[owner]}.{own}" if owner in owners else name
        if sibling in fitting or options:
            found[name] = sibling if sibling in fitting else options[min(rank, len(options) - 1)]
            owners[owner] = found[name].rpartition(".")[0]
    return {name: found[first] for name, first in candidate["ties"].items() if first in found}


def matched_map(
    guess: Mapping[str, str], reference: dict[str, Any], candidate: dict[str, Any],
    uses: Mapping[str, list[str]],
) -> dict[str, str]:  # fmt: skip
    """The guess, corrected where both models use a tensor in the same way (see fingerprints)."""
    ties = candidate["ties"]
    readers: dict[str, list[str]] = {}
    for name, found in reference["record"]["uses"].items():
        for use in dict.fromkeys(found):
            readers.setdefault(use, []).append(name)
    result = {ties[name]: target for name, target in guess.items()}
    groups: dict[str, list[str]] = {}
    for name, found in uses.items():
        if use := next((use for use in found if use in readers), None):
            groups.setdefault(use, []).append(name)

    def fits(name: str, target: str) -> bool:
        return not mismatch(name, target, candidate["state"], reference["state"])

    for use, names in groups.items():
        result |= {ties[n]: target for n, target in paired(names, readers[use], fits).items()}
    return {name: result[first] for name, first in ties.items() if first in result}


def paired(
    names: Sequence[str], targets: Sequence[str], fits: Callable[[str, str], bool]
) -> dict[str, str]:
    """Tensors of one use on both sides: by a word of their own, else in the order of reading."""
    found = {n: target for n, target in kindred(names, targets).items() if fits(n, target)}
    taken = set(found.values())
    left = [target for target in targets if target not in taken] or targets
    for rank, name in enumerate([name for name in names if name not in found]):
        if options := [target for target in left if fits(name, target)]:
            found[name] = options[min(rank, len(options) - 1)]
    return found


def kindred(names: Sequence[str], targets: Sequence[str]) -> dict[str, str]:
    """Pairs that share a word which no other on either side has: ``a1.fc.weight``, ``a1.weight``."""
    ours, theirs = by_word(names), by_word(targets)
    votes = {
        (ours[word][0], theirs[word][0])
        for word in ours.keys() & theirs.keys()
        if len(ours[word]) == len(theirs[word]) == 1
    }
    count = Counter(part for vote in votes for part in enumerate(vote))
    return {n: t for n, t in sorted(votes) if count[0, n] == count[1, t] == 1}


def by_word(names: Sequence[str]) -> dict[str, list[str]]:
    """Names by the words of their dotted paths, each name once for a word."""
    found: dict[str, list[str]] = {}
    for name in names:
        for word in set(name.split(".")):
            found.setdefault(word, []).append(name)
    return found
