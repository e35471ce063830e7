"""Count the operations of a model and of its parts, by running each of them once."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..accounting import summary
from ..coverage import coverage_report
from ..files import FileError, Source, read_source
from ..limits import no_strays
from ..loading import load_original
from ..modes import record_forward
from ..process import Worker, WorkerFailed
from ..runtime import build_model, call_model, flat_tensors, prepare_runtime
from ..state import named_state
from ..verdict import write_json


def record_file(source: Source, threads: int) -> dict[str, Any]:
    """In a worker: run one model or component on its own inputs and count its operations."""
    prepare_runtime(threads)
    torch.manual_seed(0)
    path = source.path.resolve()
    module = load_original(source.text, path)
    inputs = module.get_inputs()
    model = build_model(module)
    with record_forward(named_state(model), flat_tensors(inputs), {str(path)}, {}) as recording:
        recording.finish(call_model(model, inputs))
    return summary(recording)


def recorded(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Record one file in a process of its own."""
    source = read_source(path, allow_link=True)
    deadline = time.monotonic() + options.time_limit
    with Worker(
        lambda: lambda _: record_file(source, options.threads), deadline, options.mem_mb
    ) as worker:
        return worker.ask({})


def calls_of_leaves(tree: Mapping[str, Any]) -> dict[str, int]:
    """How often each leaf's file is called in one forward of the root, along the tree."""
    nodes = (
        {node["id"]: node for node in tree["nodes"]}
        if isinstance(tree["nodes"], list)
        else tree["nodes"]
    )
    counts: Counter[str] = Counter()

    def descend(identity: str, times: int) -> None:
        node = nodes[identity]
        if not node["children"]:
            counts[Path(node["path"]).name] += times
        for child in node["children"]:
            descend(child["id"], times * int(child["count"]))

    root = tree["metadata"]["root"]
    descend(root if root in nodes else next(i for i, n in nodes.items() if n["name"] == root), 1)
    return dict(counts)


def leaf_files(folder: Path) -> dict[Path, int]:
    """The level-0 files of a result folder with the number of their calls."""
    files = sorted((folder / "level_0_kernel").glob("*.py"))
    tree = folder / "decomposition_tree.json"
    if not tree.is_file():
        return dict.fromkeys(files, 1)
    calls = calls_of_leaves(json.loads(tree.read_text(encoding="utf-8")))
    return {path: calls.get(path.name, 0) for path in files}


def earlier_report(model: Path, folder: Path) -> dict[str, Any] | None:
    """Coverage of the composed model, where the verifier has measured exactly these files."""
    path = folder / "composition" / "coverage_report.json"
    if not path.is_file():
        return None
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    judged = report.get("judged", {})
    leaves = {f"children/{p.name}": read_source(p).sha256 for p in leaf_files(folder)}
    wanted = {**leaves, "original.py": read_source(model, allow_link=True).sha256}
    found = {name: digest for name, digest in judged.items() if name != "refactored.py"}
    return report if found == wanted else None


def extract(options: argparse.Namespace) -> dict[str, Any]:
    """The whole report."""
    if options.decomp_dir:
        report = earlier_report(options.model, options.decomp_dir)
        if report is not None:
            return report
    files = (
        leaf_files(options.decomp_dir) if options.decomp_dir else dict.fromkeys(options.children, 1)
    )
    if not files:
        raise FileError("there is no component file to count")
    original = recorded(options.model, options)
    decomposed: Counter[str] = Counter()
    for path, times in files.items():
        for name, count in recorded(path, options)["calls"].items():
            decomposed[name] += count * times
    report = coverage_report(original["calls"], decomposed, original["plumbing"])
    report["excluded"] = original["excluded"]
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when everything is covered, 1 when it is not."""
    parser = argparse.ArgumentParser(
        description="Compare a model's operations with those of its parts."
    )
    parser.add_argument("--model", type=Path, required=True)
    parts = parser.add_mutually_exclusive_group(required=True)
    parts.add_argument("--children", type=Path, nargs="+", help="component files, one call each")
    parts.add_argument(
        "--decomp-dir", type=Path, help="a result folder; its level_0_kernel/ is counted"
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--mem-mb", type=int)
    options = parser.parse_args(argv)
    try:
        with no_strays():
            report = extract(options)
    except (FileError, WorkerFailed) as error:
        print(f"FAIL  {error}")
        empty = coverage_report({}, {}, {})
        write_json(options.output, {**empty, "status": "PARTIAL_COVERAGE", "reason": str(error)})
        return 1
    write_json(options.output, report)
    numbers = report["coverage"]
    covered = f"{numbers['covered_op_count']} of {numbers['total_original_ops']} operations covered"
    missing, extra = numbers["missing_op_types"], numbers["extra_op_types"]
    print(f"{report['status']}  {covered}, missing {missing}, extra {extra}")
    return 0 if report["status"] == "FULL_COVERAGE" else 1
