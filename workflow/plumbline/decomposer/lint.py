"""Well-formedness of a graph: what every later pass may rely on."""

from __future__ import annotations

from .graph import Graph, refs


def lint(graph: Graph) -> list[str]:
    """Every way in which `graph` is not well formed; an empty list if it is.

    Values are made once, before they are used; an operation reads the latest content of each tensor; indices,
    scopes and producers point where they should.
    """
    findings: list[str] = []
    latest: dict[int, int] = {}
    for index, content in enumerate(graph.values):
        if content.origin != "operation":
            latest.setdefault(content.object, index)
            if content.producer != -1:
                findings.append(f"value {index} ({content.origin}) has a producer")
    for position, operation in enumerate(graph.operations):
        where = f"operation {position} ({operation.target}, {operation.source})"
        if operation.index != position:
            findings.append(f"{where}: is numbered {operation.index}")
        if not 0 <= operation.scope < max(1, len(graph.scopes)):
            findings.append(f"{where}: unknown scope {operation.scope}")
        for value in operation.reads:
            if latest.get(graph.values[value].object) != value:
                findings.append(
                    f"{where}: reads value {value}, which is not there or was overwritten"
                )
        for old, new in operation.writes:
            if graph.values[old].object != graph.values[new].object:
                findings.append(
                    f"{where}: a write turns value {old} into another tensor, value {new}"
                )
        for value in operation.makes:
            if graph.values[value].producer != position:
                findings.append(
                    f"{where}: value {value} says that operation {graph.values[value].producer} made it"
                )
            latest[graph.values[value].object] = value
    for value in refs(graph.outputs):
        if latest.get(graph.values[value].object) != value:
            findings.append(f"output: value {value} is not there or was overwritten")
    return findings
