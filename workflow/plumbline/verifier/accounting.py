"""Summaries of a recording: multisets of nodes, counted calls, dataflow between children."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .fingerprints import all_sources, state_uses, wiring
from .operations import ALLOCATIONS, LITERALS
from .recording import READS, ROUTING, Call, Node, Recording

COUNTED_NODES = ("computing", "arithmetic")


def summary(recording: Recording) -> dict[str, Any]:
    """Everything the parent needs of one recorded forward, as plain data."""
    live = recording.reached(recording.roots)
    scalars = [i for i, node in enumerate(recording.nodes) if is_read(recording, node)]
    alive = [c for c in recording.calls if c.counted and not is_dead(recording, c, live)]
    specialised = recording.reached(scalars)
    sources = all_sources(recording)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in COUNTED_NODES}
    excluded, outside = [], []
    for index, node in enumerate(recording.nodes):
        if node.kind not in COUNTED_NODES:
            continue
        if index in live:
            counts[node.kind][node.key] += 1
        else:
            why = "specialised" if index in specialised else "dead"
            excluded.append({"op": node.key, "why": why, "line": node.line, "child": node.child})
        if node.child is None and node.kind == "computing":
            outside.append({"op": node.key, "line": node.line})
    told = {node["line"] for node in outside}
    outside += [{"op": call.name, "line": call.line} for call in recording.calls
                if call.counted and call.child is None and call.line not in told]  # fmt: skip
    return {
        **{kind: dict(counter) for kind, counter in counts.items()},
        "operations": dict(Counter(s for c in alive if (s := signature(recording, c)))),
        "reads": dict(Counter(recording.nodes[i].line for i in scalars)),
        "sized": sorted({node.line for node in recording.nodes if sizes_by_data(node)}),
        "excluded": excluded,
        "outside": outside,
        "calls": dict(Counter(c.name for c in alive)),
        "plumbing": dict(
            Counter(c.name for c in recording.calls if c.kind in ("plumbing", "arithmetic"))
        ),
        "read": sorted(
            name
            for marker, key in recording.state_nodes.items()
            if marker in live or marker in specialised
            for name in recording.state_names[key]
        ),
        "children": [
            child_summary(recording, index, live) for index in range(len(recording.children))
        ],
        "feeds": feeds(recording),
        "uses": state_uses(recording, sources),
        "wiring": wiring(recording, sources, live),
        "made": recording.made,
    }


def signature(recording: Recording, call: Call) -> str:
    """What one call ran, whatever it is called; one that ran nothing (dropout) has its name.

    A view is what ran where nothing computed (``x.unfold(...)``). Numbers made into a tensor are nothing
    that is run: whoever uses them is compared. Nor is memory that is taken, by any of its names.
    """
    literal = recording.constants if call.name not in LITERALS else call.nodes
    nodes = [(i, recording.nodes[i]) for i in call.nodes]
    counted = [node.key for _, node in nodes if node.kind in COUNTED_NODES]
    views = [n.key for i, n in nodes if i not in literal and n.name not in ALLOCATIONS]
    ran = " + ".join(sorted(counted or views))
    return ran or ("" if call.name in LITERALS else f"{call.name}({call.numbers})")


def sizes_by_data(node: Node) -> bool:
    """Whether a result has as many rows as the data says; ``x[mask]`` counts them without a node of its own."""
    return node.name in ROUTING or (node.name == "index" and "bool[" in node.key)


def is_read(recording: Recording, node: Node) -> bool:
    """Whether a node gives the author's code a number. One that a call takes for its own result does not."""
    return node.name in READS and (node.call is None or recording.calls[node.call].kind == "query")


def is_dead(recording: Recording, call: Call, live: set[int]) -> bool:
    """A call that ran something, of which nothing reaches an output, or was given such things alone."""
    counted = [index for index in call.nodes if recording.nodes[index].kind in COUNTED_NODES]
    views = [dep for index in call.nodes for dep in recording.nodes[index].deps]
    nodes = counted or views or call.nodes or call.sources  # a view is no writer of its memory
    return bool(nodes) and not any(index in live for index in nodes)


def child_summary(recording: Recording, index: int, live: set[int]) -> dict[str, Any]:
    """What one call of a child did."""
    child = recording.children[index]
    own = [i for i, node in enumerate(recording.nodes) if node.child == index]
    calls = [call for call in recording.calls if call.child == index]
    counters: dict[str, Counter[str]] = {kind: Counter() for kind in COUNTED_NODES}
    for i in own:
        if recording.nodes[i].kind in COUNTED_NODES:
            counters[recording.nodes[i].kind][recording.nodes[i].key] += 1
    return {
        "attribute": child.attribute,
        "calls": [call.name for call in calls if call.counted],
        "live_calls": [c.name for c in calls if c.counted and not is_dead(recording, c, live)],
        "plumbing": [call.name for call in calls if call.kind == "plumbing"],
        "bare": sum(call.kind == "arithmetic" for call in calls),
        "same": child.same,
        "live": not live.isdisjoint(child.exits)
        or any(i in live for i in own if recording.nodes[i].kind in COUNTED_NODES),
        "reads": sorted(own_reads(recording, child.attribute, index)),
        "routed": any(sizes_by_data(recording.nodes[i]) for i in recording.reached([child.entry])),
        "arguments": child.arguments,
        "groups": connected_groups(recording, calls, own),
        **{kind: dict(counter) for kind, counter in counters.items()},
    }


def own_reads(recording: Recording, attribute: str, index: int) -> set[str]:
    """Tensors of the state that one call of a child reads, by the names that they have in its file."""
    names = [name for key in recording.read[index] for name in recording.state_names[key]]
    return {
        name.removeprefix(f"{attribute}.") for name in names if name.startswith(f"{attribute}.")
    }


def connected_groups(recording: Recording, calls: list[Call], own: list[int]) -> list[list[str]]:
    """Calls that compute, grouped by values that one makes and another uses, or both read.

    Two unrelated operations give two groups, also where plumbing packs their results together; what
    is made of nothing (``zeros``) belongs to what it is packed with. Calls that ran no node of their
    own (dropout in eval) join any group, and so do numbers made into a tensor.
    """
    parent = {i: i for i in range(len(recording.nodes))}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    counted = [i for i in own if is_counted(recording, recording.nodes[i])]
    used = recording.reached(counted)
    for i in own:
        node = recording.nodes[i]
        packed = node.name != "return" and any(is_made(recording, dep) for dep in node.deps)
        for dep in node.deps if i in used or packed else ():
            if recording.nodes[dep].name != "state":
                parent[root(i)] = root(dep)
    for call in calls:
        for other in call.nodes[1:]:
            parent[root(other)] = root(call.nodes[0])
    groups: dict[int, list[str]] = {}
    for call in calls:
        ran = bool(call.nodes) and call.name not in LITERALS
        if ran and (call.counted or call.kind == "arithmetic"):
            groups.setdefault(root(call.nodes[0]), []).append(call.name)
    return list(groups.values())


def is_made(recording: Recording, index: int) -> bool:
    """Whether a node is of a call that was given no tensor."""
    call = recording.nodes[index].call
    return call is not None and not any(
        recording.nodes[i].deps for i in recording.calls[call].nodes
    )


def is_counted(recording: Recording, node: Node) -> bool:
    """Whether a node computes, or is part of a call that does (`x[i]` runs a read and a view)."""
    owner = None if node.call is None else recording.calls[node.call]
    return node.kind in COUNTED_NODES or (owner is not None and owner.counted)


def feeds(recording: Recording) -> list[list[str]]:
    """Pairs of children where a value of the first reaches the second through plumbing alone."""
    pairs = set()
    for child in recording.children:
        stack, seen = list(recording.nodes[child.entry].deps), set()
        while stack:
            index = stack.pop()
            if index in seen:
                continue
            seen.add(index)
            node = recording.nodes[index]
            if node.child is None:
                stack.extend(node.deps)
            else:
                pairs.add((recording.children[node.child].attribute, child.attribute))
    return [list(pair) for pair in sorted(pairs)]
