"""The members of a component's `__init__`: leaf modules, parameters and buffers, under the author's names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .draws import draw
from .graph import Graph, ModuleCall, Operation
from .literals import literal
from .regions import Region
from .roles import Roles
from .words import Names, identifier, word

POSITIONAL = frozenset(
    "in_channels out_channels in_features out_features num_embeddings embedding_dim num_features normalized_shape "
    "num_groups num_channels input_size hidden_size in1_features in2_features".split()
)


@dataclass
class Members:
    """Names and declarations of everything that a part owns when it is written out in full.

    names: state value -> its dotted names in this component ("conv.weight"; more than one where tied).
    """

    graph: Graph
    roles: Roles
    declarations: list[str] = field(default_factory=list)
    names: dict[int, list[str]] = field(default_factory=dict)
    modules: dict[int, str] = field(default_factory=dict)  # operation -> attribute
    taken: Names = field(default_factory=lambda: Names(("forward", "training")))
    tails: Counter[str] = field(
        default_factory=Counter
    )  # ends of dotted names -> how many have them

    @classmethod
    def of(cls, graph: Graph, roles: Roles, region: Region) -> Members:
        """Declare what the operations of `region` own, in running order."""
        members = cls(graph, roles, tails=_tails(graph, roles, region))
        seen: dict[tuple[object, ...], str] = {}
        for index in region.operations():
            operation = graph.operations[index]
            if operation.module:
                key = (operation.module.path, operation.module.class_name, operation.module.state)
                if key not in seen:
                    seen[key] = members._declare_module(operation, operation.module)
                members.modules[index] = seen[key]
        for value in state_of(graph, roles, region):
            if value not in members.names:
                members._declare_state(value)
        return members

    def attribute(self, value: int) -> str | None:
        """`self.weight` for a state value; a module's own state is reached through the module."""
        names = self.names.get(value)
        return f"self.{names[0]}" if names else None

    def _declare_module(self, operation: Operation, module: ModuleCall) -> str:
        attribute = self.taken.claim(*_suffixes(module.path, word(operation), self.tails))
        self.declarations.append(f"self.{attribute} = {construct(module)}")
        for name, value in module.state:
            self.names.setdefault(value, []).append(f"{attribute}.{name}")
        return attribute

    def _declare_state(self, value: int) -> None:
        content = self.graph.values[value]
        attribute = self.taken.claim(*_suffixes(content.name, "state", self.tails))
        code = draw(content.type, content.domain)
        if content.name in self.graph.parameters and content.type.dtype.startswith(
            ("float", "bfloat", "complex")
        ):
            self.declarations.append(f"self.{attribute} = nn.Parameter({code})")
        else:
            self.declarations.append(f'self.register_buffer("{attribute}", {code})')
        self.names[value] = [attribute]


def state_of(graph: Graph, roles: Roles, region: Region) -> list[int]:
    """The parameters and buffers that a region uses, each once, in order of first use."""
    found: dict[int, None] = {}
    for index in region.operations():
        found.update(dict.fromkeys(v for v in graph.operations[index].reads if v in roles.stateful))
    if region.handout is not None:
        found[region.handout] = None
    return [value for value in found if graph.values[value].producer < 0]


def construct(module: ModuleCall) -> str:
    """`nn.Conv2d(3, 64, kernel_size=3, padding=1)`."""
    parts: list[str] = []
    for name, value in module.arguments:
        keyword = name not in POSITIONAL or any("=" in part for part in parts)
        parts.append(f"{name}={literal(value)}" if keyword else literal(value))
    return f"nn.{module.class_name}({', '.join(parts)})"


def _tails(graph: Graph, roles: Roles, region: Region) -> Counter[str]:
    """How many modules and bare parameters of the region the ends of the author's dotted names stand for."""
    modules = [
        module for index in region.operations() if (module := graph.operations[index].module)
    ]
    owned = {value for module in modules for _, value in module.state}
    bare = [graph.values[v].name for v in state_of(graph, roles, region) if v not in owned]
    paths = dict.fromkeys([*(module.path for module in modules if module.path), *bare])
    return Counter(tail for path in paths for tail in _ends(path))


def _ends(path: str) -> list[str]:
    """blocks.0.proj -> proj, 0.proj, blocks.0.proj."""
    parts = path.split(".")
    return [".".join(parts[-length:]) for length in range(1, len(parts) + 1)]


def _suffixes(path: str, fallback: str, tails: Mapping[str, int]) -> list[str]:
    """Names for an attribute from the author's dotted one, short to long, those first that stand for it alone.

    >>> _suffixes("blocks.0.attn.c_proj", "linear", {"c_proj": 2})
    ['attn_c_proj', 'blocks_0_attn_c_proj', 'c_proj']
    """
    ends = [end for end in (_ends(path) if path else []) if not end.partition(".")[0].isdigit()]
    ends.sort(key=lambda end: (tails.get(end, 0) > 1, len(end)))
    return [identifier(end.replace(".", "_")) for end in ends] or [identifier(fallback)]
