"""The plan of a model: one index, and one entry per component, as plain data (design, section 5)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from .capture import capture
from .entries import Entries, Entry
from .errors import Refusal
from .fitting import with_bounded_values, with_fitting_places
from .graph import Graph, Ref, leaves
from .identity import Component, find_components
from .lint import lint
from .members import construct
from .memory import kept_mb, passed_mb, peak_mb
from .modelfile import ModelFile
from .naming import name_components
from .partition import partition
from .refactor import Refactoring
from .roles import Roles, check_public
from .room import within_memory
from .sink import sink
from .sizes import with_exact_masks

FOLDERS = {
    "model": "level_3_model",
    "layer": "level_2_layer",
    "fusion": "level_1_fusion",
    "kernel": "level_0_kernel",
}


def write_plan(path: Path, output: Path, seed: int) -> dict[str, Any]:
    """Plan the model file at `path` into the folder `output`; returns the index. A refusal is an index too."""
    try:
        with within_memory():
            index, entries, composition = plan_file(ModelFile.read(path), seed)
    except Refusal as refusal:
        index, entries, composition = refused(path, refusal), [], None
    folder = output / "components"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.json"):
        stale.unlink()
    for entry in entries:
        write_json(folder / f"{entry['name']}.json", entry)
    write_json(output / "composition.json", composition)
    write_json(output / "index.json", index)
    return index


Plan = tuple[dict[str, Any], list[Entry], dict[str, Any] | None]


def plan_file(file: ModelFile, seed: int = 0) -> Plan:
    """The index, the entries and the composition of a model file. Raises Refusal."""
    graph = capture(file, seed)
    return plan_graph(graph, file.name, file.sha256)


def plan_graph(graph: Graph, name: str, sha256: str) -> Plan:
    """The index, the entries and the composition of a captured graph."""
    findings = lint(graph)
    if findings:
        raise Refusal(
            "the recording of the model is not well formed", findings[0], "a graph in single-assignment form",
            f"{len(findings)} finding(s)", "report this model: it is a fault of the capture",
        )  # fmt: skip
    if not any(isinstance(leaf, Ref) for leaf in leaves(graph.outputs)):
        raise Refusal(
            "the model returns no tensor",
            name,
            "at least one tensor in the output",
            "none",
            "return one",
        )
    graph = with_bounded_values(with_exact_masks(sink(graph)))
    root, roles = partition(graph)
    check_public(graph, roles)
    graph = with_fitting_places(graph, root)
    top = root if root.level != "kernel" else root.children()[0]
    components = find_components(graph, roles, top)
    name_components(graph, roles, components.values(), name)
    signature = _signatures(components)
    entries = Entries(graph, roles, components, signature, root)
    made = [entries.entry(component) for component in components.values()]
    births = _births(made)
    for entry in made:
        entry["births"] = births.get(entry["name"], [])
    made[0]["account"] = _account(graph, roles)
    inputs = (made[0]["whole"] or made[0])["inputs"]
    composition = {
        **Refactoring(entries, entries.root).composition(),
        "inputs": inputs,
        "written": _written(graph),
    }
    return _index(graph, name, sha256, list(components.values()), made), made, composition


def _written(graph: Graph) -> list[str]:
    """The parameters that forward itself changes, as a moving average of others does."""
    changed = [graph.values[old] for op in graph.operations for old, _ in op.writes]
    return sorted({v.name for v in changed if v.origin == "state" and v.name in graph.parameters})


def _signatures(components: dict[str, Component]) -> dict[int, str]:
    return {id(region): c.signature for c in components.values() for region in c.instances}


def _births(entries: list[Entry]) -> dict[str, list[str]]:
    """Component -> the steps that have it among their children."""
    births: dict[str, list[str]] = {}
    for entry in entries:
        step = entry["step"]
        if step and entry["level"] != "kernel":
            for child in dict.fromkeys(child["name"] for child in step["children"]):
                births.setdefault(child, []).append(step["folder"])
    return births


def _index(
    graph: Graph, name: str, sha256: str, components: list[Component], entries: list[Entry]
) -> dict[str, Any]:
    by_name = {entry["name"]: entry for entry in entries}
    return {
        "model": name,
        "status": "planned",
        "error": None,
        "source_sha256": sha256,
        "torch_version": torch.__version__.partition("+")[0],
        "root": components[0].name,
        "root_level": components[0].level,
        "components": {c.name: _row(graph, c, by_name[c.name]) for c in components},
    }


def _row(graph: Graph, component: Component, entry: Entry) -> dict[str, Any]:
    step = entry["step"]
    children = list(dict.fromkeys(child["name"] for child in step["children"])) if step else []
    return {
        "level": component.level,
        "path": f"{FOLDERS[component.level]}/{component.name}.py",
        "step": step["folder"] if step else None,
        "children": [child for child in children if child != component.name],
        "births": entry["births"],
        "instances": len(component.instances),
        "operations": len(entry["operations"]),
        "mem_mb": peak_mb(graph, component.region),
        "kept_mb": kept_mb(graph, component.region),
        "passed_mb": passed_mb(graph, component.region),
    }


def _account(graph: Graph, roles: Roles) -> dict[str, Any]:
    """What the analysis tells of operations that no component holds, and of Python values fixed in the graph."""
    dead = [op for op in graph.operations if roles.role[op.index] == "dead"]
    return {
        "dead": [
            {"operation": op.target, "source": f"{op.source}: {op.source.text}"} for op in dead
        ],
        "specialised": [
            {"operation": s.target, "value": s.value, "source": f"{s.source}: {s.source.text}"}
            for s in graph.specialisations
        ],
        "modules": _modules(graph),
        "outputs": [
            type_text(graph, leaf) for leaf in leaves(graph.outputs) if isinstance(leaf, Ref)
        ],
    }


def _modules(graph: Graph) -> list[list[str]]:
    """Every module of the model: dotted name, and its class or, for a leaf, its construction."""
    built = {op.module.path: construct(op.module) for op in graph.operations if op.module}
    return [[path, built.get(path, class_name)] for path, class_name in graph.containers.items()]


def type_text(graph: Graph, ref: Ref) -> str:
    type_ = graph.values[ref.value].type
    return f"{list(type_.shape)} {type_.dtype}"


def refused(path: Path, refusal: Refusal) -> dict[str, Any]:
    """The index of a model that is not decomposed."""
    return {
        "model": path.stem, "status": "refused", "error": asdict(refusal), "source_sha256": "",
        "torch_version": "", "root": "", "root_level": "", "components": {},
    }  # fmt: skip


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
