"""When two regions are the same component: equal operations, settings, shapes, dtypes and strides (design, section 2).

blocks.0 and blocks.7 of a transformer have one signature; a convolution at another resolution has another;
F.silu(x) and nn.SiLU()(x) have one
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .graph import Graph, Operation, Ref, tree_map
from .regions import Region
from .roles import Roles
from .spelling import spelled


@dataclass
class Component:
    """One file to be: the region that stands for all its instances, and how often it occurs."""

    level: str
    signature: str
    region: Region
    instances: list[Region] = field(default_factory=list)
    parents: dict[str, None] = field(default_factory=dict)  # signatures
    name: str = ""


def find_components(graph: Graph, roles: Roles, root: Region) -> dict[str, Component]:
    """Every distinct component by signature, in order of first appearance, parents first."""
    signer = _Signer(graph, roles)
    components: dict[str, Component] = {}
    for region in root.walk():
        signature = signer.sign(region)
        component = components.setdefault(signature, Component(region.level, signature, region))
        component.instances.append(region)
        for child in region.children():
            child_signature = signer.sign(child)
            if child_signature not in components:
                components[child_signature] = Component(child.level, child_signature, child)
            components[child_signature].parents[signature] = None
    return components


class _Signer:
    def __init__(self, graph: Graph, roles: Roles):
        self.graph, self.roles = graph, roles
        self.known: dict[int, str] = {}

    def sign(self, region: Region) -> str:
        """A digest that equal regions share. Names and source lines do not enter it."""
        if id(region) not in self.known:
            self.known[id(region)] = hashlib.sha256(
                repr(self._content(region)).encode()
            ).hexdigest()
        return self.known[id(region)]

    def _content(self, region: Region) -> Any:
        numbers: dict[int, int] = {}

        def number(value: int) -> Any:
            if value not in numbers:
                numbers[value] = len(numbers)
                if value in self.roles.stateful and self.graph.values[value].producer < 0:
                    return (numbers[value], self._state(value))
            return numbers[value]

        inputs = [(number(value), self.graph.values[value].type) for value in region.inputs]
        items = [self._item(item, number) for item in region.items]
        return (region.level, inputs, items, [number(value) for value in region.outputs])

    def _item(self, item: int | Region, number: Any) -> Any:
        if isinstance(item, Region):
            reads = dict.fromkeys(
                value for index in item.operations() for value in self.graph.operations[index].reads
            )
            state = [number(value) for value in reads if value in self.roles.stateful]
            crossing = [
                [number(value) for value in values] for values in (item.inputs, item.outputs)
            ]
            return ("child", self.sign(item), crossing, state)
        operation = self.graph.operations[item]
        writes = [(number(old), number(new)) for old, new in operation.writes]
        return (*self._call(operation, number), writes, operation.context)

    def _call(self, operation: Operation, number: Any) -> Any:
        """What is called on what, in one spelling where an operation has several."""

        def told(tree: Any) -> Any:
            return tree_map(
                lambda leaf: (
                    ("value", number(leaf.value)) if isinstance(leaf, Ref) else _plain(leaf)
                ),
                tree,
            )

        if call := spelled(operation):
            name, arguments = call
            return name, told(dict(arguments)), told(operation.result)
        module = operation.module
        owned = module and [(name, number(value)) for name, value in module.state]
        used = told((operation.args, dict(operation.kwargs), operation.result))
        return operation.target, used, module and (module.arguments, owned)

    def _state(self, value: int) -> Any:
        """What of a parameter or buffer is part of the identity: its type, and the values of a table."""
        content = self.graph.values[value]
        table = (
            content.domain
            if not content.type.dtype.startswith(("float", "bfloat", "complex"))
            else None
        )
        return (content.type, table)


def _plain(leaf: Any) -> Any:
    return (type(leaf).__name__, repr(leaf))
