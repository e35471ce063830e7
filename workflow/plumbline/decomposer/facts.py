"""What can be said of a component to tell it from its rivals, in the order in which an engineer would say it.

widths of the weights, settings of a convolution, shape that comes in, operations, shape that goes out, dtype, ...
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import optable
from .graph import Graph, Operation, Ref, TensorType, leaves
from .identity import Component
from .roles import Roles
from .widths import weight_sizes
from .words import identifier, sizes, snake, word

WINDOW = ("kernel_size", "stride", "dilation", "groups", "padding", "output_size", "scale_factor")
NUMBERS = dict(enumerate("no one two three four five six seven eight nine ten".split()))
PLACES = ("first", "second", "third", "fourth", "fifth")
WORDS = 3  # operations that a name takes in to tell a component apart


@dataclass(frozen=True)
class Described:
    """A component with what its name is made from."""

    component: Component
    kernels: list[Operation]
    weights: str  # 3x64: the first width in, the last width out
    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    fusions: tuple[str, ...]  # the author's names of the fusions in a layer
    loose: tuple[str, ...]  # its arithmetic and plumbing, that of parameters included
    owned: frozenset[str]  # the last words of its parameters' names

    @classmethod
    def of(cls, graph: Graph, roles: Roles, component: Component) -> Described:
        region = component.region
        kernels = [graph.operations[index] for index in roles.kernels(list(region.operations()))]
        inputs, outputs = (
            tuple(graph.values[value].type for value in values)
            for values in (region.inputs, region.outputs)
        )
        fusions = tuple(child.name for child in region.children() if child.name)
        loose = tuple(
            word(graph.operations[index])
            for index in region.operations()
            if roles.role[index] != "kernel"
        )
        weights = weight_sizes(graph, kernels)
        owned = _owned(graph, roles, kernels)
        return cls(component, kernels, weights, inputs, outputs, fusions, loose, owned)


def _owned(graph: Graph, roles: Roles, kernels: list[Operation]) -> frozenset[str]:
    state = {v for kernel in kernels for v in kernel.reads if v in roles.stateful}
    return frozenset(graph.values[value].name.rpartition(".")[2] for value in state)


Texts = list[str]
Fact = Callable[[list[Described]], Texts]


def size(rivals: list[Described]) -> Texts:
    """The widths of the weights; where there are none, the shape."""
    return [rival.weights or _shape(rival) for rival in rivals]


def shape(rivals: list[Described]) -> Texts:
    return [_shape(rival) if rival.weights else "" for rival in rivals]


def _shape(rival: Described) -> str:
    """The largest shape that comes in, or else goes out; of a matrix product all of its sizes, m x k x n."""
    shapes = [type_.shape for type_ in rival.inputs or rival.outputs]
    names = [optable.base_name(kernel.target) for kernel in rival.kernels]
    if len(shapes) == 2 and names in (["matmul"], ["bmm"], ["mm"]):
        left, right = shapes
        if len(left) == len(right) > 1 and left[-1] == right[-2]:
            return sizes((*left, right[-1]))
    largest = max(shapes, key=lambda shape: (len(shape), shape), default=())
    return sizes(largest) if largest else "scalar"


def all_inputs(rivals: list[Described]) -> Texts:
    return [_sizes(rival.inputs) for rival in rivals]


def outputs(rivals: list[Described]) -> Texts:
    return [_sizes(rival.outputs) for rival in rivals]


def _sizes(types: tuple[TensorType, ...]) -> str:
    return "_".join(dict.fromkeys(sizes(type_.shape) for type_ in types if type_.shape))


def dtype(rivals: list[Described]) -> Texts:
    return [
        next((t.dtype for t in (*r.inputs, *r.outputs) if t.dtype != "float32"), "") for r in rivals
    ]


def result(rivals: list[Described]) -> Texts:
    """What a cast makes."""
    return [
        r.outputs[-1].dtype if "cast" in map(word, r.kernels) and r.outputs else "" for r in rivals
    ]


def operations(rivals: list[Described]) -> Texts:
    """A few operations, or the author's names of fusions, that not all of the rivals have."""
    own = [[*rival.fusions, *map(word, rival.kernels)] for rival in rivals]
    common = set(own[0]).intersection(*own[1:])
    told = [[snake(name) for name in dict.fromkeys(names) if name not in common] for names in own]
    return ["_".join(words[:WORDS]) for words in told]


def window_settings(rivals: list[Described]) -> Texts:
    """kernel3, stride2: only those that differ."""
    return _settings(rivals, lambda key: key in WINDOW)


def settings(rivals: list[Described]) -> Texts:
    return _settings(rivals, lambda _: True)


def _settings(rivals: list[Described], wanted: Callable[[str], bool]) -> Texts:
    """The arguments of kernels that differ among the rivals, as far as they are plain values."""
    found = [dict(_arguments(rival)) for rival in rivals]
    keys = [
        key
        for key in dict.fromkeys(key for arguments in found for key in arguments)
        if wanted(key[1]) and len({_target(rival, key[0]) for rival in rivals}) == 1
    ]
    telling: list[tuple[int, str]] = []
    for key in sorted(keys, key=lambda key: WINDOW.index(key[1]) if key[1] in WINDOW else 0):
        if _classes(found, [*telling, key]) > _classes(found, telling):
            telling.append(key)
    return [_unique(_plain(key[1], arguments.get(key)) for key in telling) for arguments in found]


def _target(rival: Described, place: int) -> str:
    return rival.kernels[place].target if place < len(rival.kernels) else ""


def _classes(found: list[dict[tuple[int, str], Any]], keys: list[tuple[int, str]]) -> int:
    return len({repr([arguments.get(key) for key in keys]) for arguments in found})


def _arguments(rival: Described) -> Iterator[tuple[tuple[int, str], Any]]:
    """(place of the kernel, name of the argument), value. Arguments by position go by the operation's word."""
    for place, kernel in enumerate(rival.kernels):
        if kernel.module:
            yield from (((place, key), value) for key, value in kernel.module.arguments)
        else:
            for position, value in enumerate(kernel.args):
                if not any(isinstance(leaf, Ref) for leaf in leaves(value)):
                    yield (place, f"{word(kernel)}{' ' * position}"), value
            yield from (((place, key), value) for key, value in kernel.kwargs.items())


def _unique(texts: Iterator[str]) -> str:
    return "_".join(dict.fromkeys(text for text in texts if text))


def _plain(key: str, value: Any) -> str:
    """stride2, kernel7x1, causal, no_bias."""
    key = key.strip().removeprefix("is_").removesuffix("_size")
    match value:
        case None | Ref():
            return ""
        case bool():
            return key if value else f"no_{key}"
        case tuple() | list() if all(isinstance(item, int | float) for item in value):
            parts = list(dict.fromkeys(value)) if len(set(value)) == 1 else list(value)
            return identifier(key + "x".join(map(_number, parts)))
        case int() | float():
            return identifier(key + _number(value))
        case str():
            return identifier(f"{key}_{value}")
    return ""


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "m").replace(".", "p").replace("+", "")


def bare(rivals: list[Described]) -> Texts:
    """Arithmetic and plumbing that not all of the rivals have, or have as often."""
    common = functools.reduce(operator.and_, (Counter(rival.loose) for rival in rivals))
    return ["_".join([*(Counter(rival.loose) - common)][:WORDS]) for rival in rivals]


def bias(rivals: list[Described]) -> Texts:
    return ["" if "bias" in rival.owned else "no_bias" for rival in rivals]


def counts(rivals: list[Described]) -> Texts:
    """How many tensors come in and go out: one may be handed in twice, or not be asked for."""
    ins = [len(rival.inputs) for rival in rivals]
    outs = [len(rival.outputs) for rival in rivals]
    told = [(ins, "input")] if len(set(ins)) > 1 else []
    told += [(outs, "output")] if len(set(outs)) > 1 else []
    return [
        "_".join(_counted(numbers[place], noun) for numbers, noun in told)
        for place in range(len(rivals))
    ]


def _counted(number: int, noun: str) -> str:
    return f"{NUMBERS.get(number, f'many{number}')}_{noun}{'s' * (number != 1)}"


def layout(rivals: list[Described]) -> Texts:
    """Whether something that comes in is not contiguous."""
    return ["strided" if any(map(_strided, rival.inputs)) else "" for rival in rivals]


def strides(rivals: list[Described]) -> Texts:
    """Which inputs are not contiguous, and how they lie in memory."""
    return [
        "_".join(
            f"{place}_{_order(type_)}"
            for place, type_ in zip(PLACES, rival.inputs, strict=False)
            if _strided(type_)
        )
        for rival in rivals
    ]


def _order(type_: TensorType) -> str:
    """permuted0213 where it is a permutation of a contiguous tensor, else its strides."""
    order = sorted(range(len(type_.shape)), key=lambda axis: (-type_.stride[axis], axis))
    permuted = TensorType(
        tuple(type_.shape[axis] for axis in order), "", tuple(type_.stride[axis] for axis in order)
    )
    if not _strided(permuted) and len(order) < 10:
        return "permuted" + "".join(map(str, order))
    return f"strides_{sizes(type_.stride)}"


def _strided(type_: TensorType) -> bool:
    expected = 1
    for length, step in zip(reversed(type_.shape), reversed(type_.stride), strict=True):
        if length != 1 and step != expected:
            return True
        expected *= length
    return False


def level(rivals: list[Described]) -> Texts:
    """A name that a component of a lower level has taken."""
    return [rival.component.level for rival in rivals]


FACTS: tuple[Fact, ...] = (
    size, operations, dtype, result, window_settings, shape, outputs, all_inputs, settings, bias, bare, counts,
    layout, strides, level,
)  # fmt: skip
