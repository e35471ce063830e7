"""Names of components: what a thing is, and the size that tells it apart.

conv_bn_relu_3x64, linear_768x3072, softmax_12x256x256, transformer_block
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .graph import Graph, Operation
from .identity import Component
from .regions import Region
from .roles import Roles
from .words import CONTAINERS, identifier, sizes, snake, word

LONGEST = 48


def name_components(
    graph: Graph, roles: Roles, components: Iterable[Component], model: str
) -> None:
    """Set every component's name. A name gets longer only where a shorter one would stand for two components."""
    components = list(components)
    root = components[0]
    root.name = identifier(model)
    taken = {root.name}
    for level in ("kernel", "fusion", "layer"):
        group = [component for component in components[1:] if component.level == level]
        offers = {c.signature: _candidates(graph, roles, c) for c in group}
        _settle(group, offers, taken)


def _settle(group: list[Component], offers: dict[str, list[str]], taken: set[str]) -> None:
    """Give each component its first candidate that nobody else of the group wants at the same length."""
    depth = 0
    open_ = group
    while open_:
        wanted: dict[str, list[Component]] = defaultdict(list)
        for component in open_:
            offer = offers[component.signature]
            wanted[offer[min(depth, len(offer) - 1)]].append(component)
        for name, rivals in wanted.items():
            if len(rivals) == 1 and name not in taken:
                rivals[0].name = name
                taken.add(name)
        open_ = [component for component in open_ if not component.name]
        depth += 1


def _candidates(graph: Graph, roles: Roles, component: Component) -> list[str]:
    """Names from short to long; the last is unique by the component's digest."""
    region = component.region
    kernels = [graph.operations[index] for index in roles.kernels(list(region.operations()))]
    base = _base(graph, region, kernels)
    weight = _weight_sizes(graph, kernels)
    shape = _shape(graph, region)
    authored = region.level == "layer" and region.name not in CONTAINERS
    names = [base] if authored else []
    names += [
        f"{base}_{weight or shape}",
        f"{base}_{weight}_{shape}" if weight else f"{base}_{shape}",
    ]
    names.append(f"{names[-1]}_{_settings(graph, region, kernels)}")
    return [name.strip("_") for name in [*names, f"{names[-2]}_{component.signature[:6]}"]]


def _base(graph: Graph, region: Region, kernels: list[Operation]) -> str:
    if region.name not in CONTAINERS:
        return snake(region.name)
    if region.handout is not None:
        return identifier(graph.values[_root_state(graph, region.handout)].name.rsplit(".", 1)[-1])
    if not kernels:
        return "identity"
    words = (
        list(dict.fromkeys(word(kernel) for kernel in kernels))
        if region.level == "layer"
        else [word(k) for k in kernels]
    )
    text = "_".join(words)
    while len(text) > LONGEST and len(words) > 2:
        words = words[: len(words) // 2] + words[len(words) // 2 + 1 :]
        text = "_".join(words)
    return text


def _root_state(graph: Graph, value: int) -> int:
    """The parameter that a view of state looks at."""
    while graph.values[value].producer >= 0:
        value = next(iter(graph.operations[graph.values[value].producer].reads()))
    return value


def _weight_sizes(graph: Graph, kernels: list[Operation]) -> str:
    """First width in, last width out, over the weights of heavy kernels; the width of a norm."""
    widths = [pair for kernel in kernels if (pair := _widths(graph, kernel))]
    if not widths:
        return ""
    matrices = [pair for pair in widths if len(pair) == 2]
    if matrices:
        return f"{matrices[0][0]}x{matrices[-1][1]}"
    return str(widths[0][0])


def _widths(graph: Graph, kernel: Operation) -> tuple[int, ...]:
    if kernel.module is None:
        return ()
    arguments = dict(kernel.module.arguments)
    for first, second in (
        ("in_channels", "out_channels"), ("in_features", "out_features"), ("num_embeddings", "embedding_dim"),
        ("input_size", "hidden_size"),
    ):  # fmt: skip
        if first in arguments:
            return (arguments[first], arguments[second])
    weights = [
        graph.values[value].type.shape for name, value in kernel.module.state if name == "weight"
    ]
    return weights[0] if weights and len(weights[0]) == 1 else ()


def _shape(graph: Graph, region: Region) -> str:
    """The shape of what comes in, or else of what goes out."""
    values = region.inputs or region.outputs
    shapes = [graph.values[value].type.shape for value in values]
    largest = max(shapes, key=lambda shape: (len(shape), shape), default=())
    return sizes(largest) if largest else "scalar"


def _settings(graph: Graph, region: Region, kernels: list[Operation]) -> str:
    """What else tells it apart: dtype, the other shapes, plain arguments."""
    types = [graph.values[value].type for value in [*region.inputs, *region.outputs]]
    parts = [t.dtype for t in types[:1] if t.dtype != "float32"]
    parts += [sizes(t.shape) for t in types[1:]]
    for kernel in kernels:
        arguments = dict(kernel.module.arguments) if kernel.module else kernel.kwargs
        parts += [
            f"{key}{value}"
            for key, value in arguments.items()
            if isinstance(value, bool | int | float | str)
        ]
    return (
        identifier("_".join(parts).replace(".", "p").replace("-", "m"))[:LONGEST].strip("_")
        if parts
        else ""
    )
