"""From a captured graph to the tree of regions: model, layers, fusions, kernels."""

from __future__ import annotations

from .absorb import Absorber
from .fusions import LARGEST as FUSION_LARGEST
from .fusions import Group, fuse
from .graph import Graph, refs
from .layers import cut_into_layers
from .links import counters, link
from .regions import Region, arrange, find_circle, set_borders
from .roles import Roles, assign_roles, dependencies
from .turns import LARGEST as LAYER_LARGEST


def partition(graph: Graph) -> tuple[Region, Roles]:
    """The region tree of a whole graph. The root's level follows from its number of kernels (design, section 5)."""
    return Partitioner(graph).root()


class Partitioner:
    """Holds what every cut needs to know of the graph."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.roles: Roles = assign_roles(graph)
        views = {index for index, role in enumerate(self.roles.role) if role == "state"}
        self.before = [needed - views for needed in dependencies(graph)]
        self.absorber = Absorber(graph, self.roles)

    def root(self) -> tuple[Region, Roles]:
        live = [
            i
            for i, role in enumerate(self.roles.role)
            if role in ("kernel", "plumbing", "arithmetic")
        ]
        count = len(self.roles.kernels(live))
        if count > LAYER_LARGEST:
            region = self._model(live)
            if len(region.children()) == 1:
                reason = "all of its parts feed one another back and forth: no border divides them"
                region = self._layer(live, reason)
        elif count > FUSION_LARGEST:
            region = self._layer(live, "the whole model has the size of a layer")
        elif count > 1:
            region = self._fusion(live, "the whole model has the size of a fusion")
        else:
            region = self._single(live)
        self._add_handouts(region, root=True)
        set_borders(self.graph, self.roles, region, set(self.graph.needed))
        if region.level == "kernel":
            self._return_all(region.children()[0])
        return region, self.roles

    def _single(self, live: list[int]) -> Region:
        """A model of at most one operation: its kernel, and the bare arithmetic that stands around it in the step.

        x / torch.norm(x)    ->    [kernel norm], /
        """
        arithmetic = [index for index in live if self.roles.role[index] == "arithmetic"]
        kernels = self.roles.kernels(live)
        used = {v for i in live if self.roles.loose(i) for v in self.graph.operations[i].reads}
        if (kernels or arithmetic) and self.roles.stateful & {*used, *refs(self.graph.outputs)}:
            return self._fusion(live, "one operation, beside a parameter that is handed out")
        views = [self.graph.values[value].producer for value in refs(self.graph.outputs)]
        core = (kernels or arithmetic[:1]) if arithmetic else sorted({*live, *views} - {-1})
        reason = "the one operation of the model" if arithmetic else "the whole model is one kernel"
        kernel = Region("kernel", self._with_state(core), reason)
        rest = [index for index in live if index not in core]
        return Region("kernel", arrange([kernel, *rest], self.before))

    def _return_all(self, kernel: Region) -> None:
        """Let the kernel of a model return what it makes, and also what a model without operation hands through."""
        made = {v for i in kernel.operations() for v in self.graph.operations[i].makes}
        outputs = list(dict.fromkeys(refs(self.graph.outputs)))
        if not made:
            kernel.inputs = [v for v in outputs if v not in self.roles.stateful]
        given = {v for v in outputs if v in made | self.roles.stateful or not made}
        kernel.outputs += [v for v in outputs if v in given and v not in kernel.outputs]

    def _model(self, live: list[int]) -> Region:
        layers, open_ = self._uncut_layers(live)
        taken = {index for layer in layers for index in layer.operations()}
        joins = link(self.graph, self.roles, live).joins
        loose = self.absorber.absorb(open_, [i for i in live if i not in taken], joins)
        items = [
            self._layer(sorted(item.operations()), item.reason, item.name, item.turns)
            if isinstance(item, Region) and item.level == "layer"
            else item
            for item in self._without_circles([*layers, *loose])
        ]
        count = len(self.roles.kernels(live))
        return Region("model", arrange(items, self.before), f"{count} operations: a model")

    def _uncut_layers(self, live: list[int]) -> tuple[list[Region], list[Region]]:
        """The layers, each with what stands between its operations, and those whose border is not the author's."""
        layers: list[Region] = []
        open_: list[Region] = []
        free = {index for index in live if self.roles.loose(index)}
        for piece in cut_into_layers(self.graph, self.roles):
            kernels = self.roles.kernels(piece.operations)
            if len(kernels) == 1:
                reason = "no neighbour could take it without spoiling equal blocks"
                layers.append(self._kernel(kernels[0], reason))
            elif kernels:
                span = [i for i in piece.span(self.roles) if i in free or not self.roles.loose(i)]
                operations = self._closure(span, sorted(free))
                free -= set(operations)
                layers.append(
                    Region("layer", [*operations], piece.reason, piece.name, turns=piece.turns)
                )
                open_ += [] if piece.whole else layers[-1:]
        return layers, open_

    def _without_circles(self, items: list[int | Region]) -> list[int | Region]:
        """Layers that feed one another back and forth become one."""
        while circle := find_circle(items, self.before):
            operations: list[int | Region] = []
            for position in reversed(circle):
                item = items.pop(position)
                operations += item.operations() if isinstance(item, Region) else [item]
            reason = "parts that feed one another back and forth"
            items.append(Region("layer", operations, reason))
        return items

    def _layer(
        self,
        operations: list[int],
        reason: str,
        name: str = "",
        turns: tuple[tuple[int, ...], ...] = (),
    ) -> Region:
        loose = [index for index in operations if self.roles.loose(index)]
        groups, joins = self._groups(operations, turns)
        children: list[Region] = []
        for group in groups:
            if len(group.kernels) == 1:
                children.append(self._kernel(group.kernels[0], group.reason))
            else:
                inside = self._closure(list(group.kernels), loose)
                loose = [index for index in loose if index not in inside]
                scope = self._scope_name(list(group.kernels))
                children.append(Region("fusion", list(inside), group.reason, scope))
        fusions = [region for region in children if region.level == "fusion"]
        loose = self.absorber.absorb(fusions, loose, joins)
        for position, region in enumerate(children):
            if region.level == "fusion":
                children[position] = self._fusion(
                    sorted(region.operations()), region.reason, region.name
                )
        return Region("layer", arrange([*children, *loose], self.before), reason, name)

    def _groups(
        self, operations: list[int], turns: tuple[tuple[int, ...], ...]
    ) -> tuple[list[Group], frozenset[int]]:
        """The fusions and lone kernels of a layer, and its residual joins. Each turn of a loop is cut by itself."""
        groups: list[Group] = []
        joins: frozenset[int] = frozenset()
        for part in self._runs(operations, turns):
            links = link(self.graph, self.roles, part)
            joins |= links.joins
            alone = counters(self.graph, self.roles, self.before, part)
            groups += [Group((index,), "counts, apart from what is computed") for index in alone]
            kernels = [index for index in self.roles.kernels(part) if index not in alone]
            whole = len(kernels) == len(self.roles.kernels(operations))
            groups += fuse(self.graph, links, kernels, whole)
        return groups, joins

    def _runs(self, operations: list[int], turns: tuple[tuple[int, ...], ...]) -> list[list[int]]:
        """Each turn with the plumbing that leads up to it (`x[:, t]` is another one each time), and what is no turn."""
        turn = {index: number for number, inside in enumerate(turns) for index in inside}
        runs: list[list[int]] = []
        number = -1
        for index in reversed(operations):
            own = turn.get(index, number if self.roles.loose(index) else -1)
            if own != number or not runs:
                runs.append([])
            number = own
            runs[-1].append(index)
        return [run[::-1] for run in reversed(runs)]

    def _fusion(self, operations: list[int], reason: str, name: str = "") -> Region:
        kernels = [
            self._kernel(index, "a single operation") for index in self.roles.kernels(operations)
        ]
        loose = [index for index in operations if self.roles.loose(index)]
        return Region("fusion", arrange([*kernels, *loose], self.before), reason, name)

    def _kernel(self, index: int, reason: str) -> Region:
        return Region("kernel", self._with_state([index]), reason)

    def _with_state(self, operations: list[int]) -> list[int | Region]:
        """The operations together with the views of state that they use, which stand in every part that needs them."""
        found: set[int] = set(operations)
        pending = list(operations)
        while pending:
            for value in self.graph.operations[pending.pop()].reads:
                producer = self.graph.values[value].producer
                if producer >= 0 and self.roles.role[producer] == "state" and producer not in found:
                    found.add(producer)
                    pending.append(producer)
        return [*sorted(found)]

    def _closure(self, kernels: list[int], candidates: list[int]) -> list[int]:
        """The operations with every loose operation on a path from one of them to another."""
        loose = {index for index in candidates if self.roles.loose(index)}
        ahead: set[int] = set(kernels)
        for index in sorted(loose):
            if self.before[index] & ahead:
                ahead.add(index)
        behind: set[int] = set()
        for index in kernels:
            behind |= self.before[index]
        for index in sorted(loose, reverse=True):
            if index in behind:
                behind |= self.before[index]
        return sorted(set(kernels) | (ahead & behind & loose))

    def _scope_name(self, kernels: list[int]) -> str:
        """The author's class, where the group is all that ran in one call of it."""
        scopes = {self.graph.operations[index].scope for index in kernels}
        if len(scopes) != 1 or scopes == {0}:
            return ""
        scope = scopes.pop()
        whole = [
            i
            for i, op in enumerate(self.graph.operations)
            if op.scope == scope and self.roles.role[i] == "kernel"
        ]
        inner = any(other.parent == scope for other in self.graph.scopes)
        return self.graph.scopes[scope].class_name if whole == sorted(kernels) and not inner else ""

    def _add_handouts(self, region: Region, root: bool = False) -> None:
        """A kernel without operation for every piece of state that plumbing, or the output, uses as it is."""
        for child in region.children():
            if child.level != "kernel":
                self._add_handouts(child)
        if region.level == "kernel":
            return
        wanted: dict[int, None] = {}
        for item in region.items:
            if isinstance(item, int):
                wanted.update(
                    dict.fromkeys(
                        v for v in self.graph.operations[item].reads if v in self.roles.stateful
                    )
                )
        if root:
            wanted.update(
                dict.fromkeys(v for v in refs(self.graph.outputs) if v in self.roles.stateful)
            )
        handouts: list[int | Region] = []
        for value in wanted:
            producer = self.graph.values[value].producer
            items = self._with_state([producer]) if producer >= 0 else []
            handouts.append(
                Region(
                    "kernel",
                    items,
                    "hands out a parameter: none lives outside a kernel",
                    handout=value,
                )
            )
        region.items = [*handouts, *region.items]
