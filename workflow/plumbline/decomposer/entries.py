"""Entries of the plan: everything that the file of one component, and its step, is printed from."""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from typing import Any

from .body import Body
from .draws import draw
from .graph import Graph, Ref, leaves, refs
from .identity import Component
from .lines import Step
from .literals import literal
from .members import Members, state_of
from .refactor import Refactoring
from .regions import Region
from .roles import Roles
from .sink import taken_memory
from .sizes import unknown_sizes
from .words import word

Entry = dict[str, Any]


class Entries:
    """Turns components into entries; knows all of them, since a step names its children."""

    def __init__(
        self,
        graph: Graph,
        roles: Roles,
        components: dict[str, Component],
        signature: dict[int, str],
        whole: Region,
    ):
        self.graph, self.roles, self.components, self.signature = (
            graph,
            roles,
            components,
            signature,
        )
        self.root = next(iter(components.values()))
        self.taken = taken_memory(graph)
        self.whole = whole  # the model; around the root's own region where the root is a kernel
        self.members = {
            c.signature: Members.of(graph, roles, c.region) for c in components.values()
        }

    def entry(self, component: Component) -> Entry:
        """The entry of one component."""
        region = component.region
        authored = self.is_authored(component)
        border = self._whole() if authored else self._border(region)
        entry: Entry = {
            "name": component.name,
            "level": component.level,
            "parents": [self.components[s].name for s in component.parents] or ["root"],
            "authored": authored,
            "plain": border["plain"],
            "keywords": border["keywords"],
            "instances": len(component.instances),
            "reason": region.reason,
            "operations": [
                word(self.graph.operations[i])
                for i in self.roles.kernels(list(region.operations()))
            ],
            "inputs": border["inputs"],
            "outputs": border["outputs"],
            "whole": self._whole() if component is self.root and not authored else None,
            "weights": self._weights(component),
            "places": [*dict.fromkeys(map(self._place, component.instances))][:12],
            "body": None if authored else self._body(component),
            "step": Refactoring(self, component).step(),
        }
        return entry

    def _border(self, region: Region) -> dict[str, Any]:
        """What goes into and comes out of a part: tensors by position, a tensor or a flat tuple."""
        names = Body(self.graph, lambda _: None, lambda _: "").inputs(region.inputs)
        inputs = [self._tensor(n, value) for n, value in zip(names, region.inputs, strict=True)]
        unknown = unknown_sizes(self.graph, region.operations())
        outputs = self._outputs([Ref(value) for value in region.outputs], unknown)
        return {"inputs": inputs, "outputs": outputs, "plain": True, "keywords": False}

    def _whole(self) -> dict[str, Any]:
        """What goes into and comes out of the model, nested as the author has it."""
        drawn = list(refs(self.graph.inputs))
        unknown = unknown_sizes(self.graph, range(len(self.graph.operations)), drawn)
        return {
            "inputs": self._root_inputs(),
            "outputs": self._outputs(self.graph.outputs, unknown),
            "plain": self._is_plain(),
            "keywords": self.graph.positional == 0 and bool(self.graph.inputs),
        }

    def _is_plain(self) -> bool:
        """Whether the model takes tensors by position and returns a tensor or a flat tuple of tensors."""
        outputs = self.graph.outputs
        flat = (
            [outputs]
            if isinstance(outputs, Ref)
            else outputs
            if isinstance(outputs, tuple | list)
            else [None]
        )
        inputs = list(self.graph.inputs.values())
        by_position = self.graph.positional == len(inputs)
        return by_position and all(isinstance(leaf, Ref) for leaf in [*inputs, *flat])

    # -- what crosses the border ----------------------------------------------------------------------------------

    def _root_inputs(self) -> list[dict[str, Any]]:
        return [
            self._tensor(name, tree.value) if isinstance(tree, Ref) else self._tree(name, tree)
            for name, tree in self.graph.inputs.items()
        ]

    def _tensor(self, name: str, value: int) -> dict[str, Any]:
        content = self.graph.values[value]
        return {
            "name": name,
            "shape": list(content.type.shape),
            "dtype": content.type.dtype,
            "stride": list(content.type.stride),
            "code": draw(content.type, content.domain),
        }

    def _tree(self, name: str, tree: Any) -> dict[str, Any]:
        """An input that is no plain tensor: a number, None, or a container."""
        code = self.tree_code(tree)
        tensors = [self._tensor(name, leaf.value) for leaf in leaves(tree) if isinstance(leaf, Ref)]
        return {
            "name": name,
            "shape": None,
            "dtype": type(tree).__name__,
            "code": code,
            "tensors": tensors,
        }

    def tree_code(self, tree: Any) -> str:
        match tree:
            case Ref():
                content = self.graph.values[tree.value]
                return draw(content.type, content.domain)
            case dict():
                return (
                    "{"
                    + ", ".join(f"{literal(k)}: {self.tree_code(v)}" for k, v in tree.items())
                    + "}"
                )
            case list():
                return "[" + ", ".join(map(self.tree_code, tree)) + "]"
            case tuple():
                return (
                    "("
                    + ", ".join(map(self.tree_code, tree))
                    + ("," if len(tree) == 1 else "")
                    + ")"
                )
            case _:
                return literal(tree)

    def output_tree(self, component: Component) -> Any:
        """What the forward returns: the model's own nesting for an author's file, else one tensor or a tuple."""
        if self.is_authored(component):
            return self.graph.outputs
        outputs = [Ref(value) for value in component.region.outputs]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _outputs(self, tree: Any, unknown: AbstractSet[int]) -> list[dict[str, Any]]:
        """`unknown`: values whose sizes depend on data."""
        found = []
        for leaf in leaves(tree):
            if isinstance(leaf, Ref):
                content = self.graph.values[leaf.value]
                domain, written = content.domain, content.object not in self.taken
                bounded = math.isfinite(domain.low) and math.isfinite(domain.high)
                found.append(
                    {
                        "shape": list(content.type.shape),
                        "dtype": content.type.dtype,
                        "written": written,
                        "finite": written and bounded and domain.share == 0,
                        "sized": leaf.value not in unknown,
                    }
                )
        return found

    def _weights(self, component: Component) -> list[dict[str, Any]]:
        names = self.state_names(component)
        return [
            {
                "name": name,
                "shape": list(self.graph.values[value].type.shape),
                "dtype": self.graph.values[value].type.dtype,
            }
            for value, own in names.items()
            for name in own
        ]

    # -- names ----------------------------------------------------------------------------------------------------

    def component_of(self, region: Region) -> Component:
        return self.components[self.signature[id(region)]]

    def is_authored(self, component: Component) -> bool:
        """Whether the component's file is the user's own: the root, unless it is a kernel."""
        return component is self.root and component.level != "kernel"

    def state_names(self, component: Component) -> dict[int, list[str]]:
        """State value (of the region that stands for the component) -> its names in the component's file."""
        if self.is_authored(component):
            other: dict[str, list[str]] = {}
            for alias, name in self.graph.aliases.items():
                other.setdefault(name, []).append(alias)
            values = state_of(self.graph, self.roles, component.region)
            names = {v: self.graph.values[v].name for v in values}
            return {v: [name, *other.get(name, [])] for v, name in names.items()}
        return self.members[component.signature].names

    def _place(self, region: Region) -> str:
        """The innermost module of the author's that all kernels of a part were called in."""
        operations = list(region.operations())
        if not operations:
            return ""
        kernels = self.roles.kernels(operations) or operations
        chains = [self._scopes_around(index) for index in kernels]
        common = [step for step in zip(*chains, strict=False) if len(set(step)) == 1]
        return self.graph.scopes[common[-1][0]].path or self.graph.model

    def _scopes_around(self, index: int) -> list[int]:
        """The calls of modules around an operation, outermost first."""
        scope = self.graph.operations[index].scope
        found = []
        while scope >= 0:
            found.append(scope)
            scope = self.graph.scopes[scope].parent
        return found[::-1]

    # -- the code in full -----------------------------------------------------------------------------------------

    def _body(self, component: Component) -> dict[str, Any]:
        members = self.members[component.signature]
        body = Body(self.graph, members.attribute, lambda op: f"self.{members.modules[op.index]}")
        arguments = body.inputs(component.region.inputs)
        steps: list[Step] = [
            self.graph.operations[index] for index in component.region.operations()
        ]
        lines = body.lines(steps, self.output_tree(component), comments=True)
        return {"init": members.declarations, "arguments": arguments, "forward": lines}

    def root_arguments(self, body: Body) -> list[str]:
        """The author's parameters, by name; tensors in containers are taken out by their place."""
        for name, tree in self.graph.inputs.items():
            for path, leaf in _paths(name, tree):
                if isinstance(leaf, Ref):
                    number = self.graph.values[leaf.value].object
                    body.variables[number] = path
                    body.owner[path] = number
        return list(self.graph.inputs)


def _paths(path: str, tree: Any) -> list[tuple[str, Any]]:
    """("past[0][1]", leaf) for every leaf of an input."""
    match tree:
        case dict():
            return [
                found
                for key, item in tree.items()
                for found in _paths(f"{path}[{literal(key)}]", item)
            ]
        case list() | tuple():
            return [
                found
                for index, item in enumerate(tree)
                for found in _paths(f"{path}[{index}]", item)
            ]
        case _:
            return [(path, tree)]
