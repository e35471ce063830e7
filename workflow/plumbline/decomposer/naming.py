"""Names of components: what a thing is, and what tells it apart.

conv_bn_relu_3x64, linear_768x3072, softmax_12x256x256, transformer_block; conv_64x64_stride2 beside conv_64x64_stride1
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .facts import FACTS, Described
from .graph import Graph, Operation
from .identity import Component
from .regions import Region
from .roles import Roles
from .words import CONTAINERS, identifier, snake, word

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
        rivals: dict[str, list[Described]] = defaultdict(list)
        for component in components[1:]:
            if component.level == level:
                described = Described.of(graph, roles, component)
                rivals[_base(graph, component.region, described.kernels)].append(described)
        for base, group in rivals.items():
            sized = 0 if _authored(group[0].component.region) else 1
            _settle(base, group, taken, sized)


def _authored(region: Region) -> bool:
    """Whether the border is the author's: such a layer needs no size if there is one of its kind."""
    return region.level == "layer" and region.name not in CONTAINERS and " " not in region.name


def _settle(base: str, group: list[Described], taken: set[str], sized: int) -> None:
    """Give every member the base and those facts that tell it from the others; the first `sized` facts always.

    conv_64x64 (stride 1), conv_64x64 (stride 2), conv_64x128    ->    the stride is told of the first two only
    """
    pending = [(base, group, 0)]
    while pending:
        name, rivals, fact = pending.pop(0)
        if len(rivals) == 1 and fact >= sized and name not in taken:
            rivals[0].component.name = identifier(name)
            taken.add(name)
        elif fact == len(FACTS):
            for rival in rivals:  # nothing that can be said in words differs
                rival.component.name = f"{name}_{rival.component.signature[:6]}"
                taken.add(rival.component.name)
        else:
            texts = FACTS[fact](rivals)
            tells = len(set(texts)) > 1 or fact < sized or len(rivals) == 1
            split: dict[str, list[Described]] = defaultdict(list)
            for rival, text in zip(rivals, texts, strict=True):
                split[f"{name}_{text}".strip("_") if tells else name].append(rival)
            pending += [(longer, members, fact + 1) for longer, members in split.items()]


def _base(graph: Graph, region: Region, kernels: list[Operation]) -> str:
    """The author's name, or the operations in order."""
    if region.name not in CONTAINERS:
        words = [snake(part).strip("_") for part in region.name.split()]
    elif region.handout is not None:
        state = graph.values[_root_state(graph, region.handout)].name
        words = [identifier(state.rsplit(".", 1)[-1])]
    else:
        words = [word(kernel) for kernel in kernels] or ["identity"]
        if region.level == "layer":
            words = list(dict.fromkeys(words))
        elif len(words) > 1 and len(set(words)) == 1:
            words = _side_by_side(words, kernels)
    while len("_".join(words)) > LONGEST and len(words) > 2:
        words = words[: len(words) // 2] + words[len(words) // 2 + 1 :]
    return "_".join(words)


def _side_by_side(words: list[str], kernels: list[Operation]) -> list[str]:
    """Equal operations go by the author's attributes: q_proj, k_proj, v_proj -> linear_q_k_v_proj."""
    names = [kernel.module.path.rpartition(".")[2] if kernel.module else "" for kernel in kernels]
    if not all(name.isidentifier() for name in names):
        return words
    parts = [snake(name).split("_") for name in names]
    if len({part[-1] for part in parts}) == 1 and min(map(len, parts)) > 1:
        parts = [*(part[:-1] for part in parts), [parts[0][-1]]]
    return [words[0], *dict.fromkeys(word for part in parts for word in part)]


def _root_state(graph: Graph, value: int) -> int:
    """The parameter that a view of state looks at."""
    while graph.values[value].producer >= 0:
        value = next(iter(graph.operations[graph.values[value].producer].reads))
    return value
