"""A step: the forward of a parent as calls of its children, and the map of its weights.

def forward(self, x):
    residual = x
    x = self.norm_attention(x)
    x = x + residual
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .body import Body
from .identity import Component
from .lines import Call, Step
from .loops import Loop, find_loops
from .members import state_of
from .regions import Region
from .words import CONTAINERS, Names, class_name, element, identifier, snake, unsized

if TYPE_CHECKING:
    from .entries import Entries

PLURAL = {"model": "layers", "layer": "fusions", "fusion": "kernels"}
NUMBER = {"model": 1, "layer": 2, "fusion": 3}


def step_folder(component: Component, is_root: bool) -> str | None:
    """`step_1_model_to_layers`, `step_2_{layer}_to_fusions`, `step_3_{fusion}_to_kernels`; None for a kernel below."""
    if component.level == "kernel":
        return "step_1_model_to_kernel" if is_root else None
    if component.level == "model":
        return "step_1_model_to_layers"
    return f"step_{NUMBER[component.level]}_{component.name}_to_{PLURAL[component.level]}"


class Refactoring:
    """Prints the refactored form of one component."""

    def __init__(self, entries: Entries, component: Component):
        self.entries, self.component = entries, component
        self.graph, self.roles = entries.graph, entries.roles
        self.attributes: dict[int, str] = {}  # id of a child region -> attribute text
        self.declarations: list[str] = []
        self.children: list[dict[str, Any]] = []
        self.map: dict[str, str] = {}

    def step(self) -> dict[str, Any] | None:
        """The entry's `step`, or None where there is nothing to decompose."""
        component = self.component
        folder = step_folder(component, component is self.entries.root)
        if folder is None:
            return None
        is_root = component is self.entries.root
        region = self.entries.whole if is_root else component.region
        return {"folder": folder, **self._print(region)}

    def composition(self) -> dict[str, Any]:
        """The whole model as calls of kernels alone, in one forward."""
        region = self.entries.whole
        kernels = list(_flat(region))
        return self._print(Region("model", kernels, inputs=region.inputs, outputs=region.outputs))

    def _print(self, region: Region) -> dict[str, Any]:
        loops = find_loops(region, self.entries)
        self._declare(region, loops)
        body = Body(self.graph, lambda _: None, lambda _: "")
        is_root = self.component is self.entries.root
        arguments = self.entries.root_arguments(body) if is_root else body.inputs(region.inputs)
        steps = self._steps(region, loops)
        outputs = self.graph.outputs if is_root else self.entries.output_tree(self.component)
        lines = body.lines(steps, outputs, comments=False)
        return {
            "imports": self._imports(region),
            "init": self.declarations,
            "arguments": arguments,
            "forward": _with_loops(lines, loops),
            "children": self.children,
            "weight_map": self.map,
        }

    def _imports(self, region: Region) -> list[list[str]]:
        names = dict.fromkeys(self.entries.component_of(child).name for child in region.children())
        return [[name, class_name(name)] for name in names]

    # -- children -------------------------------------------------------------------------------------------------

    def _declare(self, region: Region, loops: list[Loop]) -> None:
        """Give every child an attribute; children that are equal and own the same state, or none, share one."""
        taken = Names(("forward", "training"))
        looped = {id(child): loop for loop in loops for child in loop.regions}
        shared: dict[tuple[Any, ...], int] = {}
        for child in region.children():
            loop = looped.get(id(child))
            if loop and child is loop.regions[0]:
                self._declare_loop(loop, taken)
            if loop:
                continue
            component = self.entries.component_of(child)
            key = (component.signature, tuple(state_of(self.graph, self.roles, child)))
            if key not in shared:
                attribute = taken.claim(*self._attribute_names(child, component))
                self.declarations.append(f"self.{attribute} = {class_name(component.name)}()")
                shared[key] = len(self.children)
                self.children.append({"name": component.name, "attribute": attribute, "count": 0})
                self._map_state(child, component, attribute)
            entry = self.children[shared[key]]
            entry["count"] += 1
            self.attributes[id(child)] = f"self.{entry['attribute']}"

    def _declare_loop(self, loop: Loop, taken: Names) -> None:
        component = self.entries.component_of(loop.regions[0])
        loop.attribute = taken.claim(*self._loop_names(loop, component))
        loop.variable = {"layers": "layer", "blocks": "block"}.get(loop.attribute, "block")
        count = len(loop.regions)
        self.declarations.append(
            f"self.{loop.attribute} = nn.ModuleList([{class_name(component.name)}() for _ in range({count})])"
        )
        self.children.append({"name": component.name, "attribute": loop.attribute, "count": count})
        for index, child in enumerate(loop.regions):
            self.attributes[id(child)] = f"self.{loop.attribute}[{index}]"
            self._map_state(child, component, f"{loop.attribute}.{index}")

    def _loop_names(self, loop: Loop, component: Component) -> list[str]:
        container = self._scope_path(loop.regions[0]).rpartition(".")[0]
        plain = f"{unsized(component.name)}s"
        fallback = ["blocks", plain] if component.level == "layer" else [plain]
        return [element(container), identifier(container), *fallback] if container else fallback

    def _map_state(self, child: Region, component: Component, attribute: str) -> None:
        """Every tensor of the child, by the name that the parent's own file has for it."""
        mine = self.parent_names
        own = state_of(self.graph, self.roles, child)
        standing = state_of(self.graph, self.roles, component.region)
        names = self.entries.members[component.signature].names
        for here, there in zip(own, standing, strict=True):
            for name in names[there]:
                self.map[f"{attribute}.{name}"] = mine[here]

    @functools.cached_property
    def parent_names(self) -> dict[int, str]:
        """State value -> its name in the file of the component that is rewritten."""
        if self.component is self.entries.root:
            values = self.graph.values
            return {i: value.name for i, value in enumerate(values) if value.origin == "state"}
        return {
            value: names[0] for value, names in self.entries.state_names(self.component).items()
        }

    def _attribute_names(self, child: Region, component: Component) -> list[str]:
        """The author's attribute for a module, else the component's name without, then with its sizes."""
        names = []
        indices = self.roles.kernels(list(child.operations()))
        path = ""
        if (
            child.level == "kernel"
            and indices
            and (module := self.graph.operations[indices[0]].module)
        ):
            path = module.path
        elif (child.name and child.name not in CONTAINERS) or child.level == "layer":
            path = self._scope_path(child)
        last = path.rpartition(".")[2]
        if last and not last.isdigit() and (child.level == "kernel" or child.name):
            names.append(identifier(last))
        elif last and child.level == "layer" and child.name:
            names += [element(path), identifier(path)]
        if child.name and child.name not in CONTAINERS:
            names.append(snake(child.name))
        return [*names, unsized(component.name), component.name]

    def _scope_path(self, region: Region) -> str:
        """The dotted name of the module call that holds the whole region."""
        return self.graph.scopes[self._scope(region)].path

    def _scope(self, region: Region) -> int:
        """The innermost module call that holds the whole region; 0, the model's own, where there is none."""
        chains = [self._chain(index) for index in self.roles.kernels(list(region.operations()))]
        common = [s for s in (chains[0] if chains else []) if all(s in chain for chain in chains)]
        return common[0] if common else 0

    def _chain(self, index: int) -> list[int]:
        chain, scope = [], self.graph.operations[index].scope
        while scope >= 0:
            chain.append(scope)
            scope = self.graph.scopes[scope].parent
        return chain

    # -- forward --------------------------------------------------------------------------------------------------

    def _steps(self, region: Region, loops: list[Loop]) -> list[Step]:
        later = {id(child) for loop in loops for child in loop.regions[1:]}
        first = {id(loop.regions[0]): loop for loop in loops}
        steps: list[Step] = []
        for item in region.items:
            if isinstance(item, int):
                steps.append(self.graph.operations[item])
            elif id(item) in first:
                loop = first[id(item)]
                outputs = tuple(loop.regions[-1].outputs)
                steps.append(
                    Call(
                        f"@{loop.attribute}",
                        tuple(item.inputs),
                        outputs,
                        tuple(loop.carried.items()),
                    )
                )
            elif id(item) not in later:
                attribute, names = self.attributes[id(item)], self._assigned(item)
                steps.append(Call(attribute, tuple(item.inputs), tuple(item.outputs), (), names))
        return steps

    def _assigned(self, child: Region) -> tuple[str, ...]:
        """What the author assigns the result of a module to: `x` for `x = self.up4(x, skip4)`."""
        scope = self._scope(child)
        source = self.graph.scopes[scope].source if scope > 0 else None
        if source and child.level == "layer" and len(child.outputs) == len(source.targets) == 1:
            return source.targets
        return ()


def _flat(region: Region) -> Iterator[int | Region]:
    """The kernels of a region and the loose operations between them, in running order."""
    if not region.children():
        yield region
        return
    for item in region.items:
        if isinstance(item, Region):
            yield from _flat(item)
        else:
            yield item


def _with_loops(lines: list[str], loops: list[Loop]) -> list[str]:
    """Turn `y = @blocks(x)` into the loop that it stands for."""
    result = []
    for line in lines:
        loop = next((loop for loop in loops if f"@{loop.attribute}(" in line), None)
        result += loop.lines(line) if loop else [line]
    return result
