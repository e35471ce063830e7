"""What the parts of awkward models are given: inputs that fit each other, sizes that hold, memory without promises.

The same files run through the whole pipeline in tests/workflow/test_awkward.py, which is slow.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

from plumbline.decomposer.entries import Entry

from .test_layers import entries_of

AWKWARD = Path(__file__).parents[2] / "workflow/awkward"


def entries(name: str) -> list[Entry]:
    """The plan's entries of one awkward model."""
    spec = importlib.util.spec_from_file_location(name, AWKWARD / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    return [*entries_of(module.Model(), *module.get_inputs()).values()]


def kernels(name: str, operation: str) -> list[Entry]:
    """Those of one operation."""
    found = [e for e in entries(name) if e["level"] == "kernel" and e["operations"] == [operation]]
    assert found
    return found


def codes(entry: Entry) -> str:
    return " ".join(item["code"] for item in entry["inputs"])


def test_no_fusion_works_out_the_places_that_it_looks_up() -> None:
    fusions = [e for e in entries("position_buckets") if e["level"] == "fusion"]
    assert fusions and not any({"where", "index"} <= {*e["operations"]} for e in fusions)


def test_flags_that_rows_are_counted_by_are_drawn_with_their_number() -> None:
    assert all("torch.randperm" in codes(entry) for entry in kernels("routed_by_flags", "where"))


def test_a_head_that_picks_the_rows_of_a_token_is_given_the_ids_that_were_seen() -> None:
    (head,) = [e for e in entries("rows_of_last_tokens_in_a_head") if e["name"] == "head"]
    assert "torch.tensor([" in codes(head)


def test_a_factorisation_is_given_what_has_a_factor() -> None:
    for entry in kernels("gaussian_process", "cholesky"):
        assert "torch.cov(" in codes(entry)


def test_a_parameter_that_is_handed_on_is_added_by_a_kernel() -> None:
    assert kernels("parameter_through_dropout", "add")
    assert kernels("parameter_expanded_as", "add")


def test_memory_that_nobody_has_written_promises_no_numbers() -> None:
    for entry in kernels("memory_handed_over", "new_empty"):
        assert not any(item["written"] or item["finite"] for item in entry["outputs"])
    assert all(
        item["written"] for e in kernels("memory_handed_over", "tanh") for item in e["outputs"]
    )


def test_a_module_may_be_cast_to_the_type_that_it_has() -> None:
    assert entries("cast_to_the_same")
