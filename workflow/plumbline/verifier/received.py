"""What a child's get_inputs() gives against what it receives in the step."""

from __future__ import annotations

import contextlib
import math
from typing import Any

from .values import Mismatch, Spec, leaf_pairs, leaf_specs

Json = dict[str, Any]


def free_sizes(trials: list[list[Json]], built: Json) -> None:
    """Sizes that differ from one trial to the next hang on data; get_inputs() may give any.

    Where data is routed to a child (a mixture of experts), trials may agree by chance: one other size is one, too.
    """
    names = [child["attribute"] for child in trials[0]]
    same = [t for t in trials if [child["attribute"] for child in t] == names]
    for index, name in enumerate(names):
        declared = leaf_specs(built["child_inputs"][name])
        calls = [leaf_specs(trial[index]["arguments"]) for trial in same]
        if len({len(specs) for specs in [declared, *calls]}) > 1:
            continue
        for given, *received in zip(declared, *calls, strict=True):
            shapes = [spec.get("shape", []) for spec in received]
            if len({len(shape) for shape in [given.get("shape", []), *shapes]}) > 1:
                continue
            free = [len(set(sizes)) > 1 for sizes in zip(*shapes, strict=True)]
            other = [
                own != size for own, size in zip(given.get("shape", []), shapes[0], strict=True)
            ]
            if trials[0][index]["routed"] and not any(free) and sum(other) == 1:
                free = other
            if any(free):
                sizes = zip(free, given["shape"], shapes[0], strict=True)
                received[0]["shape"] = [own if any_ else size for any_, own, size in sizes]
                received[0]["stride"] = given["stride"]


def input_differences(children: list[Json], built: Json) -> list[tuple[str, bool]]:
    """Where a child's get_inputs() gives other than it receives, and whether that is a fault.

    Count, shape and dtype must agree. So must a layout that the file writes down; a plain
    ``torch.randn(...)`` says nothing of the layout, which is then noted.
    """
    found = []
    for child in children:
        name, received = child["attribute"], child["arguments"]
        declared: Spec = built["child_inputs"][name]
        where = f"child {name}: get_inputs()"
        if declared["kind"] == "error":
            found.append((f"{where} does not fit: {declared['value']}", True))
            continue
        try:
            for place, one, two in leaf_pairs(received, declared, where):
                if one["kind"] == "tensor" and significant(one) != significant(two):
                    strides = f"expected strides {one['stride']}, found {two['stride']}"
                    wrong = not is_plain(two) and layout(one) != layout(two)
                    found.append((f"{place}: {strides}", wrong))
        except Mismatch as error:
            found.append((f"{error} (expected is what it receives in the step)", True))
    return list(dict.fromkeys(found))


def other_numbers(children: list[Json], built: Json) -> list[str]:
    """Numbers, flags and words that a child's get_inputs() gives, but that it is given nowhere in the step.

    They decide what a component computes, and its file is decomposed by those that it gives itself.
    """
    found: dict[str, list[tuple[Any, Any]]] = {}
    for child in children:
        name = child["attribute"]
        where = f"get_inputs() of {built['children'][name]}.py"
        with contextlib.suppress(Mismatch, KeyError):
            for place, one, two in leaf_pairs(
                child["arguments"], built["child_inputs"][name], where
            ):
                if one["kind"] != "tensor":
                    found.setdefault(place, []).append((one["value"], two["value"]))
    return [
        f"{place} gives {pairs[0][1]}, but the step gives {pairs[0][0]}"
        for place, pairs in found.items()
        if all(one != two for one, two in pairs)
    ]


def significant(spec: Spec) -> list[int]:
    """Strides of the dimensions with more than one element."""
    if 0 in spec["shape"]:
        return []
    return [step for size, step in zip(spec["shape"], spec["stride"], strict=True) if size > 1]


def is_plain(spec: Spec) -> bool:
    """Whether a tensor lies in memory as factories make it."""
    sizes = [size for size in spec["shape"] if size > 1]
    return significant(spec) == [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]


def layout(spec: Spec) -> tuple[list[int], list[bool]]:
    """The order of the dimensions in memory, and which of them are expanded."""
    steps = significant(spec)
    return sorted(range(len(steps)), key=lambda i: -steps[i]), [step == 0 for step in steps]
