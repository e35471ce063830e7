"""decomposition_tree.json: every component with its children, shapes and verdict (design, section 10)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

LEVELS = ("model", "layer", "fusion", "kernel")


class Result:
    """A result folder as its own files tell it: the plan, its entries, and the verdicts that are there."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.index: dict[str, Any] = read_json(folder / "plan" / "index.json")
        self.components: dict[str, dict[str, Any]] = self.index["components"]
        self.entries = {
            c: read_json(folder / "plan" / "components" / f"{c}.json") for c in self.components
        }
        self.verdicts = {
            row["step"]: read_json(folder / "steps" / row["step"] / "verification_result.json")
            for row in self.components.values()
            if row["step"]
        }

    @property
    def root(self) -> dict[str, Any]:
        return self.entries[self.index["root"]]

    def status(self, name: str) -> str:
        """The verdict on a component: of its own step, or for a kernel of the steps that it was born in."""
        row = self.components[name]
        steps = [row["step"]] if row["step"] else row["births"]
        found = {self.verdicts[step].get("status", "NOT_RUN") for step in steps}
        return "FAIL" if "FAIL" in found else "NOT_RUN" if found - {"PASS"} else "PASS"

    def passed(self) -> bool:
        composition = read_json(self.folder / "verification" / "composition_result.json")
        return composition.get("status") == "PASS" and all(
            v.get("status") == "PASS" for v in self.verdicts.values()
        )


def tree(result: Result) -> dict[str, Any]:
    """The content of decomposition_tree.json."""
    index = result.index
    unique = Counter(row["level"] for row in result.components.values())
    instances: Counter[str] = Counter()
    for row in result.components.values():
        instances[row["level"]] += row["instances"]
    metadata = {
        "model_name": index["model"],
        "source_file": f"{index['model']}.py",
        "source_sha256": index["source_sha256"],
        "root": index["root"],
        "root_level": index["root_level"],
        "torch_version": index["torch_version"],
        "by_level": {level: unique[level] for level in LEVELS},
        "instances_by_level": {level: instances[level] for level in LEVELS},
        "unique_kernels": unique["kernel"],
        "verification_status": "PASS" if result.passed() else "FAIL",
    }
    return {
        "metadata": metadata,
        "nodes": {name: _node(result, name) for name in result.components},
    }


def _node(result: Result, name: str) -> dict[str, Any]:
    entry, row = result.entries[name], result.components[name]
    inputs = [tensor for item in entry["inputs"] for tensor in tensors(item)]
    return {
        "id": name,
        "name": name,
        "level": entry["level"],
        "path": row["path"],
        "children": [
            {"id": child["name"], "attribute": child["attribute"], "count": child["count"]}
            for child in calls(entry)
        ],
        "operations": entry["operations"],
        "input_shapes": [tensor["shape"] for tensor in inputs],
        "output_shapes": [item["shape"] for item in entry["outputs"]],
        "input_dtypes": [tensor["dtype"] for tensor in inputs],
        "output_dtypes": [item["dtype"] for item in entry["outputs"]],
        "weight_shapes": {item["name"]: item["shape"] for item in entry["weights"]},
        "instance_count": row["instances"],
        "reason": entry["reason"],
        "step": row["step"],
        "status": result.status(name),
    }


def calls(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The children that a component's refactored forward calls."""
    children: list[dict[str, Any]] = (
        entry["step"]["children"] if entry["step"] and entry["level"] != "kernel" else []
    )
    return children


def tensors(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The tensors of one input: itself, or those in its container."""
    return [item] if item["shape"] is not None else item["tensors"]


def read_json(path: Path) -> dict[str, Any]:
    """The content of a JSON file; empty where it is not there or not readable."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content
