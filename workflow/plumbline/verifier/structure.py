"""Check 3: levels, what children are made of, and that none is the whole."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from .files import Source
from .grammar_components import ComponentSource
from .levels import LEVELS, declared_level, level_by_count
from .operations import ARITHMETIC
from .received import free_sizes, input_differences, other_numbers
from .settings import Settings
from .values import Mismatch, leaf_pairs
from .verdict import Section, Verdict

FUSED = frozenset(  # what follows an operation and is never left alone behind it
    """relu relu6 leakyrelu prelu elu selu celu gelu silu mish sigmoid tanh softplus hardswish
    hardsigmoid hardtanh softmax logsoftmax batchnorm groupnorm instancenorm dropout""".split()
)
MOST_OF_A_LAYER = 30  # where no header says what the original is; a repeated block may have as many
Json = dict[str, Any]


def check_trial_inputs(section: Section, reference: Json, built: Json) -> None:
    """The two get_inputs() agree in count, nesting, shape and dtype."""
    if built["inputs"]["kind"] == "error":
        problem = f"get_inputs() does not fit forward: {built['inputs']['value']}"
        section.problems.append(f"the refactored file's {problem}")
        return
    sequence = {"list": "list", "tuple": "list"}  # the outermost container may be either
    one, two = ({**side, "kind": sequence.get(side["kind"], side["kind"])}
                for side in (reference["trials"][0]["inputs"], built["given"]))  # fmt: skip
    try:
        list(leaf_pairs(one, two, "get_inputs() of the refactored file"))
    except Mismatch as error:
        section.problems.append(f"{error}; the original's are what counts")


def check_structure(
    verdict: Verdict,
    settings: Settings,
    original: Source,
    components: Mapping[str, ComponentSource],
    reference: Json,
    record: Json,
    built: Json,
    others: Callable[[], list[list[Json]]],
) -> None:
    """Levels, counts, connectedness, the whole-parent rule, and inputs of children."""
    section = verdict["structure"]
    section.reached = True
    differences = input_differences(record["children"], built)
    if any(wrong for _, wrong in differences):
        free_sizes([record["children"], *others()], built)
        differences = input_differences(record["children"], built)
    for line, wrong in differences:
        (section.problems if wrong else verdict.notes).append(line)
    if not (reference["reads"] or reference["sized"]):  # then numbers may be made of data
        section.problems += other_numbers(record["children"], built)
    section.problems += [
        f"{name} belongs to no child"
        for name, first in built["ties"].items()
        if not any(first.startswith(f"{child}.") for child in built["children"])
    ]
    counts = {child["attribute"]: len(child["calls"]) for child in record["children"]}
    levels = {
        attribute: declared_level(components[name].docstring)
        or level_by_count(counts.get(attribute, 0))
        for attribute, name in built["children"].items()
    }
    total = sum(reference["calls"].values())
    section.facts = {
        "operations": total,
        "children": {a: {"level": levels[a], "operations": counts.get(a, 0)} for a in levels},
    }
    idle = not (total or reference["plumbing"] or reference["arithmetic"])  # `return x`
    section.problems += changeling_problems(record, built["children"])
    for child in record["children"]:
        section.problems += child_problems(child, levels[child["attribute"]])
        section.problems += [] if idle else idle_problems(child, set(reference["plumbing"]))
    if settings.composition:
        section.problems += [f"child {a} is a {level}; a composition is made of kernels"
                             for a, level in levels.items() if level != "kernel"]  # fmt: skip
        return
    whole_is_kernel = total <= 1 and len(built["children"]) == 1
    if not whole_is_kernel:
        section.problems += parent_problems(original_level(original), levels, total, record)
    section.problems += whole_problems(reference, record)
    section.problems = list(dict.fromkeys(section.problems))


def original_level(original: Source) -> str | None:
    """Level in the header of the original, where it has one."""
    try:
        return declared_level(ast.get_docstring(ast.parse(original.text)) or "")
    except (SyntaxError, ValueError, RecursionError):
        return None


def child_problems(child: Json, level: str) -> list[str]:
    """A kernel records one operation, a fusion two to five that belong together.

    Bare arithmetic makes a fusion of one operation (``F.silu(g) * u``), but never too large a one.
    """
    name, calls = child["attribute"], child["calls"]
    shown_calls = ", ".join(calls)
    if level not in LEVELS:
        return [f"child {name}: unknown level {level!r}; expected one of {', '.join(LEVELS)}"]
    if level == "model":
        return [f"child {name} is a model; a model is nobody's child"]
    if level == "kernel" and len(calls) > 1:
        return [f"child {name} is a kernel but runs {len(calls)} operations ({shown_calls})"]
    joined = len(calls) + child["bare"]
    if level == "fusion" and not (1 <= len(calls) <= 5 and joined > 1):
        return [
            f"child {name} is a fusion of {len(calls)} operations ({shown_calls}); expected 2 to 5"
        ]
    if level == "layer" and len(calls) < 2:
        return [f"child {name} is a layer of {len(calls)} operations; expected several"]
    if level == "fusion" and len(child["groups"]) > 1:
        groups = " and ".join("+".join(group) for group in child["groups"])
        return [f"child {name} combines unrelated operations: {groups} share no value"]
    return []


def changeling_problems(record: Json, files: Mapping[str, str]) -> list[str]:
    """A child runs the same operations on the same tensors of its own wherever its file is used.

    One that asks an argument what it shall be is several components under one name.
    """
    first: dict[str, str] = {}
    problems = []
    for child in record["children"]:
        name = child["attribute"]
        done = f"{', '.join(child['calls']) or 'nothing'} on {', '.join(child['reads']) or 'no tensor of its own'}"
        if (other := first.setdefault(files[name], done)) != done:
            problems.append(
                f"child {name} runs {done}, elsewhere {other}: one component is one computation"
            )
    return problems


def idle_problems(child: Json, plumbing: set[str]) -> list[str]:
    """A child that computes nothing and returns what it was given stands for nothing.

    It may, where the original does the same (an ``nn.Identity``, a ``clone``).
    """
    known = bool(child["plumbing"]) and set(child["plumbing"]) <= plumbing
    if child["calls"] or child["arithmetic"] or not child["same"] or known:
        return []
    return [f"child {child['attribute']} computes nothing: it returns what it is given; "
            "the original has no such operation"]  # fmt: skip


def parent_problems(
    declared: str | None, levels: Mapping[str, str], total: int, record: Json
) -> list[str]:
    """Children stand one level below; lone kernels may also stand under layers and models."""
    highest = max((LEVELS.index(level) for level in levels.values() if level in LEVELS), default=0)
    parent = declared or LEVELS[min(highest + 1, 3)]
    if not declared and total > MOST_OF_A_LAYER and parent != "model":
        return [
            f"the original has {total} operations but no layers as children: levels are skipped"
        ]
    if parent not in LEVELS or parent == "kernel":
        return [
            f"the original is a {parent} of {total} operations; it cannot be the parent of a step"
        ]
    if parent == "fusion" and not declared and total > 5:
        return [
            f"the original has {total} operations but only kernels as children: levels are skipped"
        ]
    if parent == "fusion" and total > 5:
        return [f"the original calls itself a fusion but runs {total} operations; expected 2 to 5"]
    wanted = LEVELS[LEVELS.index(parent) - 1]
    problems = [
        f"child {name} is a {level}; a {parent} has {wanted}s as children"
        for name, level in levels.items()
        if level not in (wanted, "kernel")
    ]
    kernels = {name for name, level in levels.items() if level == "kernel"}
    feeds = [(one, two) for one, two in record["feeds"] if one in kernels and two in kernels]
    if parent == "layer" and total > 5 and len(kernels) == len(levels):
        calls = {child["attribute"]: child["calls"] for child in record["children"]}
        problems += [
            f"a layer of {total} operations has fusions under it, but all its children are kernels "
            f"({one} feeds {two}, which belongs with it): levels are skipped"
            for one, two in feeds
            if set(calls[two]) & FUSED
        ][:1]
    if parent == "model":
        if len(kernels) == len(levels):
            problems.append(
                "a model has layers under it; all children are kernels, levels are skipped"
            )
        problems += [
            f"kernels {one} and {two} feed one another under a model; they belong into a layer"
            for one, two in feeds
        ]
    return problems


def whole_problems(reference: Json, record: Json) -> list[str]:
    """No child is the whole parent: all its operations and all its arithmetic."""
    whole = sum(reference["calls"].values())
    bare = sum(count for name, count in reference["plumbing"].items() if name in ARITHMETIC)
    arithmetic = sum(reference["arithmetic"].values())
    return [
        f"child {child['attribute']} is the whole original ({whole} operations)"
        for child in record["children"]
        if len(child["live_calls"]) >= whole
        and sum(child["arithmetic"].values()) >= arithmetic
        and whole + bare > 1
    ]
