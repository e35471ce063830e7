"""Entries of the plan: everything that the file of one component, and its step, is printed from."""

from __future__ import annotations

import math
from typing import Any

from .body import Body, Step
from .draws import draw
from .graph import Graph, Ref, leaves
from .identity import Component
from .literals import literal
from .members import Members, state_of
from .refactor import Refactoring
from .regions import Region
from .roles import Roles
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
    ):
        self.graph, self.roles, self.components, self.signature = (
            graph,
            roles,
            components,
            signature,
        )
        self.root = next(iter(components.values()))
        self.members = {
            c.signature: Members.of(graph, roles, c.region) for c in components.values()
        }

    def entry(self, component: Component) -> Entry:
        """The entry of one component."""
        region = component.region
        is_root = component is self.root
        authored = is_root and component.level != "kernel"
        inputs = self._root_inputs() if is_root else self._inputs(region)
        entry: Entry = {
            "name": component.name,
            "level": component.level,
            "parents": [self.components[s].name for s in component.parents] or ["root"],
            "authored": authored,
            "plain": not is_root or self._is_plain(component),
            "keywords": is_root and self.graph.positional == 0 and bool(self.graph.inputs),
            "instances": len(component.instances),
            "reason": region.reason,
            "operations": [
                word(self.graph.operations[i])
                for i in self.roles.kernels(list(region.operations()))
            ],
            "inputs": inputs,
            "outputs": self._outputs(component),
            "weights": self._weights(component),
            "places": sorted({self._place(instance) for instance in component.instances})[:12],
            "body": None if authored else self._body(component, is_root),
            "step": Refactoring(self, component).step(),
        }
        return entry

    def _is_plain(self, component: Component) -> bool:
        """Whether the root takes tensors by position and returns a tensor or a flat tuple of tensors."""
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

    def _inputs(self, region: Region) -> list[dict[str, Any]]:
        names = self.forward_names(region)
        return [self._tensor(name, value) for name, value in zip(names, region.inputs, strict=True)]

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
        """What the forward returns: the model's own nesting for the root, else one tensor or a tuple."""
        if component is self.root:
            return self.graph.outputs
        outputs = [Ref(value) for value in component.region.outputs]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _outputs(self, component: Component) -> list[dict[str, Any]]:
        found = []
        for leaf in leaves(self.output_tree(component)):
            if isinstance(leaf, Ref):
                content = self.graph.values[leaf.value]
                domain = content.domain
                finite = (
                    domain.share == 0 and math.isfinite(domain.low) and math.isfinite(domain.high)
                )
                found.append(
                    {
                        "shape": list(content.type.shape),
                        "dtype": content.type.dtype,
                        "finite": finite,
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
        return component is self.root

    def state_names(self, component: Component) -> dict[int, list[str]]:
        """State value (of the region that stands for the component) -> its names in the component's file."""
        if component is self.root and component.level != "kernel":
            other: dict[str, list[str]] = {}
            for alias, name in self.graph.aliases.items():
                other.setdefault(name, []).append(alias)
            values = state_of(self.graph, self.roles, component.region)
            names = {v: self.graph.values[v].name for v in values}
            return {v: [name, *other.get(name, [])] for v, name in names.items()}
        return self.members[component.signature].names

    def forward_names(self, region: Region) -> list[str]:
        body = Body(self.graph, lambda _: None, lambda _: "")
        return body.inputs(region.inputs)

    def _place(self, region: Region) -> str:
        first = region.first()
        if first < 0:
            return ""
        operation = self.graph.operations[first]
        return self.graph.scopes[operation.scope].path or self.graph.model

    # -- the code in full -----------------------------------------------------------------------------------------

    def _body(self, component: Component, is_root: bool) -> dict[str, Any]:
        members = self.members[component.signature]
        body = Body(self.graph, members.attribute, lambda op: f"self.{members.modules[op.index]}")
        arguments = self.root_arguments(body) if is_root else body.inputs(component.region.inputs)
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
