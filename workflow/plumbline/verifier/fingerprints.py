"""What a model does with each tensor of its state, whatever the tensor is called.

    gate = mm(x, a); up = mm(x, b); y = silu(gate) * up

Here ``a`` feeds an mm whose result is gated, ``b`` one whose result is not: two uses, which are the
same in every correct rewriting. A use is a hash over the dataflow before and after an operation, so
that a weight map can be found where nobody wrote one. It proves nothing; the trials do.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from typing import Any

from .operations import COMMUTATIVE
from .recording import Call, Node, Recording

Sources = list[list[int]]
Consumers = dict[int, list[tuple[str, int, int]]]  # node -> (operation, position, node), in order
_SUM = re.compile(r"add\.Tensor\(\w+\[[^]]*\], \w+\[[^]]*\]\)")
SHOWN = 4  # operands of an operation that a message names


def state_uses(recording: Recording, sources: Sources) -> dict[str, list[str]]:
    """Uses of each tensor that was read, by its first name, in the order of reading."""
    before = _before(recording, sources)
    consumers = _consumers(recording, sources)
    after: dict[int, str] = {}

    def use(consumer: tuple[str, int, int]) -> str:
        name, position, node = consumer
        return _digest(name, position, before.get(node), after.get(node))

    for index in reversed(range(len(recording.nodes))):
        after[index] = _digest(*sorted(use(consumer) for consumer in consumers[index]))
    found = {recording.state_names[key][0]: [use(c) for c in consumers[index]]
             for index, key in recording.state_nodes.items() if consumers[index]}  # fmt: skip
    first = {recording.state_names[key][0]: min(c[2] for c in consumers[index])
             for index, key in recording.state_nodes.items() if consumers[index]}  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: first[item[0]]))


def wiring(recording: Recording, sources: Sources, live: set[int]) -> dict[str, str]:
    """A hash of all that each operation and output was computed from, with what it reads itself.

    The same in every correct rewriting. Numbers cannot tell ``sqrt(v + eps)`` from ``sqrt(v) + eps``,
    two inputs that are equal, nor where a dropout stood. The terms of a sum may come in any order.
    """
    made: dict[int, str] = {}
    terms: dict[int, list[str]] = {}  # of sums that are a part of one other sum
    found: dict[str, str] = {}
    inner = inner_sums(recording, sources, live)

    def note(digest: str, reader: str, line: str, read: list[int]) -> str:
        names = [recording.nodes[source].key or "state" for source in read[:SHOWN]]
        found[digest] = f"{reader} of {' and '.join(names)}{f' at {line}' if line else ''}"
        return digest

    for index, node in enumerate(recording.nodes):
        if index not in live:
            continue
        made[index] = node.key
        if node.kind not in ("computing", "arithmetic"):
            continue
        read, reader = read_by(node.deps, sources), node.key
        parts = joined(
            [terms.pop(source) if source in terms else [made[source]] for source in read]
        )
        if index in inner:
            terms[index] = parts
            continue
        digest = _digest("sum" if is_sum(node) else reader, sorted(parts))
        made[index] = note(digest, reader, node.line, read)
    dropouts = [(f"{call.name}({call.numbers})", call.line, call.sources)
                for call in recording.calls if is_idle(call, live)]  # fmt: skip
    outputs = [(f"output {place}", "", deps) for place, deps in enumerate(recording.outputs)]
    for reader, line, deps in [*dropouts, *outputs]:
        read = read_by(deps, sources)
        note(_digest(reader, sorted(made[source] for source in read)), reader, line, read)
    return found


def is_idle(call: Call, live: set[int]) -> bool:
    """A call that ran nothing, of something that counts: dropout in eval."""
    return call.counted and not call.nodes and live.issuperset(call.sources)


def joined(lists: list[list[str]]) -> list[str]:
    """All in the longest of them: a sum of thousands is not copied with each of its terms."""
    whole = max(lists, key=len, default=[])
    for part in lists:
        if part is not whole:
            whole += part
    return whole


def read_by(deps: list[int], sources: Sources) -> list[int]:
    """What somebody reads, through all plumbing."""
    return sorted({source for dep in deps for source in sources[dep]})


def is_sum(node: Node) -> bool:
    """An addition of two tensors."""
    return node.kind == "arithmetic" and _SUM.fullmatch(node.key) is not None


def inner_sums(recording: Recording, sources: Sources, live: set[int]) -> set[int]:
    """Sums that one other sum reads, and nobody else: ``x + a`` in ``x + a + b``."""
    nodes = recording.nodes
    readers: Counter[int] = Counter()
    summed: set[int] = set()
    for index in live:
        if nodes[index].kind in ("computing", "arithmetic"):
            read = read_by(nodes[index].deps, sources)
            readers.update(read)
            summed.update(read if is_sum(nodes[index]) else ())
    for deps in [*recording.outputs, *(c.sources for c in recording.calls if is_idle(c, live))]:
        readers.update(read_by(deps, sources))
    return {index for index in summed if is_sum(nodes[index]) and readers[index] == 1}


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def all_sources(recording: Recording) -> Sources:
    """For each node the operations, inputs and state that it stands for, through all plumbing."""
    found: list[list[int]] = []
    for index, node in enumerate(recording.nodes):
        whole = node.kind in ("computing", "arithmetic") or node.name in ("state", "input")
        through = [source for dep in node.deps for source in found[dep]]
        found.append([index] if whole else list(dict.fromkeys(through)))
    return found


def _before(recording: Recording, sources: Sources) -> dict[int, str]:
    """A hash of everything that an operation was computed from."""
    found: dict[int, str] = {}
    inputs = 0
    for index, node in enumerate(recording.nodes):
        if node.kind in ("computing", "arithmetic"):
            parts = [found[source] for dep in node.deps for source in sources[dep]]
            found[index] = _digest(node.name, sorted(parts) if node.name in COMMUTATIVE else parts)
        elif node.name in ("state", "input"):
            inputs += node.name == "input"
            found[index] = _digest(node.name, inputs if node.name == "input" else 0)
    return found


def _consumers(recording: Recording, sources: Sources) -> Consumers:
    """Who reads the result of a node, and as which operand; the output reads as well."""
    found: Consumers = defaultdict(list)
    for index, node in enumerate(recording.nodes):
        if node.kind in ("computing", "arithmetic"):
            given = [source for dep in node.deps for source in sources[dep]]
            for position, source in enumerate(given):
                place = 0 if node.name in COMMUTATIVE else position
                found[source].append((node.name, place, index))
    for position, root in enumerate(recording.roots):
        for source in sources[root]:
            found[source].append(("output", position, len(recording.nodes)))
    return found
