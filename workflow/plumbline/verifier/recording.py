"""What one forward did: calls that the author wrote, and nodes that the dispatcher ran.

Dataflow is kept by storage: the last node that wrote a storage stands for all before it, since a
node depends on what it overwrites. That sees through views and in-place writes, and errs on the
side of calling a node alive.
"""

from __future__ import annotations

import hashlib
import re
import sys
import types
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from .exchange import dense_parts
from .operations import ALLOCATIONS, COMMUTATIVE, node_class, node_name
from .runtime import flat_tensors


@dataclass
class Call:
    """One outermost torch call of the author."""

    name: str
    kind: str  # plumbing | arithmetic | computing | query
    child: int | None
    line: str
    numbers: str = ""
    nodes: list[int] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)  # of one without nodes

    @property
    def counted(self) -> bool:
        """Whether it counts as an operation."""
        return self.kind in ("computing", "cast")


@dataclass
class Node:
    """One dispatched operation, or a marker (input, state, entry and return of a child)."""

    name: str
    key: str
    kind: str  # computing | arithmetic | view | none | marker
    deps: list[int]
    child: int | None
    call: int | None
    line: str


@dataclass
class ChildCall:
    """One call of a child inside the refactored forward."""

    attribute: str
    entry: int
    arguments: Any
    exits: list[int] = field(default_factory=list)  # a marker for each result
    same: bool = False  # each result has the shape, strides and dtype of an argument


_BATCHES = re.compile(r"bmm\.default\((\w+)\[(\d+), (\d+), (\d+)\], \w+\[\d+, \d+, (\d+)\]\)")
READS = ("_local_scalar_dense", "equal", "allclose")  # nodes that give a Python value
ROUTING = frozenset(  # nodes whose results have as many elements as the data says
    """nonzero masked_select unique _unique _unique2 unique_dim unique_consecutive repeat_interleave
    bincount _pack_padded_sequence""".split()
)


def storage_key(tensor: torch.Tensor) -> int:
    """Identity of the memory under a tensor."""
    return int(tensor.untyped_storage()._cdata)


def is_nothing_of(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a part without elements of one that has some: it hands nothing on."""
    return not tensor.numel() and bool(tensor.untyped_storage().nbytes())


class Recording:
    """What one forward did: calls, nodes, children's calls, and what reached the output."""

    def __init__(
        self, state: Mapping[str, torch.Tensor], inputs: list[torch.Tensor], files: set[str]
    ) -> None:
        self.calls: list[Call] = []
        self.nodes: list[Node] = []
        self.children: list[ChildCall] = []
        self.writer: dict[int, int] = {}
        self.alive: dict[int, StorageWeakRef] = {}
        self.files = files
        self.call: int | None = None
        self.child: int | None = None
        self.state_names: dict[int, list[str]] = {}
        self.state_nodes: dict[int, int] = {}  # marker -> storage
        self.read: defaultdict[int, set[int]] = defaultdict(set)  # by call of a child: of the state
        self.roots: list[int] = []
        self.outputs: list[list[int]] = []  # last writers of each tensor of the output
        self.numbers: dict[int, list[int]] = {}  # call -> nodes that gave it numbers: `x[i]`, pad
        self.constants: set[int] = set()  # nodes made of numbers from outside of torch alone
        self.made = 0  # bytes of all results
        self.fixed: set[int] = set()  # these, and what is computed from them alone
        self.kept = [*state.values(), *inputs]
        for name, tensor in state.items():
            self.state_names.setdefault(storage_key(tensor), []).append(name)
        for key in self.state_names:
            self.writer[key] = self.mark("state", [])
            self.state_nodes[self.writer[key]] = key
        for place, tensor in enumerate(inputs):
            self.writer[storage_key(tensor)] = self.mark("input", [], f"input {place}")
        self.lasting = list(self.writer)

    def mark(self, name: str, deps: list[int], key: str = "") -> int:
        """Add a node that computes nothing."""
        self.nodes.append(Node(name, key, "marker", deps, self.child, None, ""))
        if deps and self.constants.issuperset(deps):  # a child that gives a number as a tensor
            self.constants.add(len(self.nodes) - 1)
        if deps and self.fixed.issuperset(deps):
            self.fixed.add(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def line(self) -> str:
        """Nearest source line of judged code on the stack."""
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def sources(self, tensors: list[torch.Tensor]) -> list[int]:
        """Last writers of the storages under these tensors, in the order of the tensors."""
        keys = dict.fromkeys(storage_key(tensor) for tensor in tensors)
        if self.child is not None:
            self.read[self.child] |= keys.keys() & self.state_names.keys()
        return list(dict.fromkeys(self.writer[key] for key in keys if key in self.writer))

    def hold(self, tensors: list[torch.Tensor]) -> None:
        """Keep the identities (not the memory) of freed storages, lest a later one has the same."""
        for tensor in tensors:
            reference = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
            self.alive.setdefault(storage_key(tensor), reference)

    def node(
        self, func: Any, ins: list[torch.Tensor], outs: list[torch.Tensor], constants: str
    ) -> None:
        """Record one dispatched operation and what it wrote."""
        name, overload = node_name(func)
        kind = node_class(func, name, overload, ins, outs)
        inputs_known = {storage_key(tensor) for tensor in ins}
        self.hold([*ins, *outs])
        deps = self.sources([tensor for tensor in ins if not is_nothing_of(tensor)] or ins)
        placed = self.numbers.get(self.call, []) if self.call is not None else []
        deps += placed
        constant = self.constants.issuperset(deps)
        drawn = name in ALLOCATIONS or torch.Tag.nondeterministic_seeded in func.tags
        if not drawn and self.fixed.issuperset(deps):
            self.fixed.add(len(self.nodes))
        if name == "_to_copy" and constant:
            kind = "view"
        shapes = [f"{str(t.dtype)[6:]}{list(t.shape)}{self.literal(t)}" for t in ins]
        if name in COMMUTATIVE:
            shapes.sort()
        mutable = func._schema.is_mutable
        key = f"{name}.{overload}({', '.join(shapes)}{'; ' + constants if constants else ''})"
        index = len(self.nodes)
        self.nodes.append(Node(name, key, kind, deps, self.child, self.call, self.line()))
        if constant and kind == "view" and name not in ALLOCATIONS:
            self.constants.add(index)
        if self.call is not None:
            self.calls[self.call].nodes.append(index)
            if name in READS:
                self.numbers.setdefault(self.call, []).append(index)
        self.made += sum(tensor.nbytes for tensor in outs if kind != "view")
        for tensor in outs:
            written = storage_key(tensor)
            known = written in inputs_known and written in self.writer
            if known and is_nothing_of(tensor):  # nothing is overwritten
                continue
            if kind != "view" or not known or mutable or placed:
                self.writer[written] = index

    def flatten_rows(self, nodes: list[int]) -> None:
        """A linear layer is the same whether its rows lie one behind the other or not.

        The dispatcher runs an ``addmm`` if they do, else a ``bmm``, and adds the bias afterwards
        (``nn.MultiheadAttention`` transposes its inputs).
        """
        found = [self.nodes[index] for index in nodes]
        added = [node for node in found if node.name == "add"]
        for index, node in zip(nodes, found, strict=True):
            if sizes := _BATCHES.fullmatch(node.key):
                kind, batch, rows, width, out = sizes.groups()
                key = f"{kind}[{int(batch) * int(rows)}, {width}], {kind}[{width}, {out}])"
                node.key = f"addmm.default({kind}[{out}], {key}" if added else f"mm.default({key}"
                for bias in added:
                    node.deps += [dep for dep in bias.deps if dep < index]
                    bias.kind, bias.deps = "view", [index]

    def literal(self, tensor: torch.Tensor) -> str:
        """The values of what hangs on no input: ``y[mask] = -1.0``, ``torch.tensor([1, 2])``, a mask."""
        if tensor.is_meta or not self.fixed.issuperset(self.sources([tensor])):
            return ""
        if not tensor.dim() and tensor.is_floating_point():
            return f"={tensor.item():.12g}"
        digest = hashlib.sha256()
        for part in dense_parts(tensor):
            digest.update(part)
        return f"={digest.hexdigest()[:16]}"

    def finish(self, output: Any) -> None:
        """The output, and whatever the forward wrote into its inputs and state, is what counts."""
        tensors = flat_tensors(output)
        self.outputs = [self.sources([tensor]) for tensor in tensors]
        self.roots = self.sources(tensors)
        for key in self.lasting:
            last = self.writer.get(key)
            if last is not None and self.nodes[last].name not in ("state", "input"):
                self.roots.append(last)

    def reached(self, roots: list[int]) -> set[int]:
        """Nodes from which these roots can be reached, backwards."""
        found: set[int] = set()
        stack = list(roots)
        while stack:
            index = stack.pop()
            if index not in found:
                found.add(index)
                stack.extend(self.nodes[index].deps)
        return found
