"""What holds of the plan of every bundled model: levels, names, and dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from plumbline.decomposer.analysis import analysis
from plumbline.decomposer.plan import write_json
from plumbline.decomposer.tree import Result
from tests.bundled import entries_of, every, load, plan_of

Entry = dict[str, Any]
NUMBER = re.compile(r"^\d+$")
DIGEST = re.compile(r"_(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6}$")


def children_of(entry: Entry) -> list[dict[str, Any]]:
    return entry["step"]["children"] if entry["step"] and entry["level"] != "kernel" else []


def written(name: str, folder: Path) -> Result:
    """The plan as the pipeline writes it, before anything was judged."""
    index, entries, _ = plan_of(name)
    (folder / "plan" / "components").mkdir(parents=True)
    write_json(folder / "plan" / "index.json", index)
    for entry in entries:
        write_json(folder / "plan" / "components" / f"{entry['name']}.json", entry)
    return Result(folder)


@every
def test_kernels_under_a_model_are_listed_with_a_reason(name: str, tmp_path: Path) -> None:
    entries = entries_of(name)
    root = next(iter(entries.values()))
    lone = [c["name"] for c in children_of(root) if entries[c["name"]]["level"] == "kernel"]
    page = analysis(written(name, tmp_path))
    if root["level"] == "model":
        for child in lone:
            listed = [line for line in page.splitlines() if line.startswith(f"- `{child}`: ")]
            assert len(listed) == 1 and entries[child]["reason"] in listed[0], child
    assert ("Kernels that stand under the model" in page) == bool(lone and root["level"] == "model")


@every
def test_no_layer_consists_of_one_fusion(name: str) -> None:
    for entry in entries_of(name).values():
        if entry["level"] == "layer":
            assert sum(child["count"] for child in children_of(entry)) > 1, entry["name"]


def sizes_of(entry: Entry) -> set[int]:
    shapes = [item["shape"] for key in ("inputs", "outputs", "weights") for item in entry[key]]
    nested = [t["shape"] for item in entry["inputs"] for t in item.get("tensors", [])]
    return {size for shape in [*shapes, *nested] if shape for size in shape}


@every
def test_numbers_in_names_are_sizes(name: str) -> None:
    for entry in [*entries_of(name).values()][1:]:
        assert not DIGEST.search(entry["name"]), entry["name"]
        numbers = {int(part) for part in entry["name"].split("_") if NUMBER.match(part)}
        assert numbers <= sizes_of(entry), entry["name"]


@every
def test_numbers_in_attributes_are_sizes_or_places_in_the_authors_lists(name: str) -> None:
    entries = entries_of(name)
    modules = next(iter(entries.values()))["account"]["modules"]
    places = {re.sub(r"\W+", "_", path) for path, _ in modules}
    for entry in entries.values():
        equal = {(child["attribute"], child["name"]) for child in children_of(entry)}
        for child in children_of(entry):
            attribute = child["attribute"]
            first, _, last = attribute.rpartition("_")
            if NUMBER.match(last) and attribute != child["name"]:
                authored = any(place.endswith(attribute) for place in places)
                again = (first, child["name"]) in equal  # one component twice: no size tells
                sized = int(last) in sizes_of(entries[child["name"]])
                assert authored or again or sized, attribute


@every
def test_get_inputs_draws_the_shapes_that_the_entry_promises(name: str) -> None:
    for entry in entries_of(name).values():
        for item in entry["inputs"]:
            if item["shape"] is None:
                continue
            with torch.device("meta"):
                drawn = eval(item["code"], {"torch": torch})
            assert list(drawn.shape) == item["shape"], entry["name"]
            assert str(drawn.dtype) == f"torch.{item['dtype']}", entry["name"]


@every
def test_dimensions_are_those_of_the_model(name: str) -> None:
    """Inputs of the root, every weight, and what each module with a weight is called with, from a run of the model."""
    entries = entries_of(name)
    module = load(name)
    torch.manual_seed(0)
    model = module.Model(*module.get_init_inputs()).eval()
    tensors = [*model.named_parameters(remove_duplicate=False)]
    tensors += model.named_buffers(remove_duplicate=False)  # those that are not saved, too
    state = {key: list(value.shape) for key, value in tensors}
    seen = called_with(model, module.get_inputs())
    tied: dict[int, set[str]] = {}  # a head that shares the embedding's table is called otherwise
    for key, value in tensors:
        tied.setdefault(id(value), set()).add(key.rpartition(".")[0])
    paths = {key: tied[id(value)] for key, value in tensors}
    root = next(iter(entries.values()))
    assert [item["shape"] for item in root["inputs"]] == [
        list(x.shape) for x in module.get_inputs()
    ]
    compared = 0
    for entry, owner in owners(entries, root["name"], {}):
        for weight in entry["weights"]:
            assert weight["shape"] == state[owner[weight["name"]]], entry["name"]
            calls = [seen[path] for path in paths[owner[weight["name"]]] if path in seen]
            if entry["level"] == "kernel" and calls:
                assert tuple(entry["inputs"][0]["shape"]) in set().union(*calls), entry["name"]
                compared += 1
    assert compared or not state


def called_with(
    model: torch.nn.Module, inputs: list[torch.Tensor]
) -> dict[str, set[tuple[int, ...]]]:
    """Module of torch.nn that is one operation -> the shapes of what it is called with."""
    seen: dict[str, set[tuple[int, ...]]] = {}
    for path, module in model.named_modules():
        if type(module).__module__.startswith("torch.nn.") and not [*module.children()]:
            module.register_forward_pre_hook(
                lambda _, args, path=path: seen.setdefault(path, set()).add(tuple(args[0].shape))
            )
    with torch.no_grad():
        model(*inputs)
    return seen


def owners(
    entries: dict[str, Entry], name: str, owner: dict[str, str]
) -> Iterator[tuple[Entry, dict[str, str]]]:
    """Every instance of every component, with the model's name of each of its weights."""
    entry = entries[name]
    owner = owner or {weight["name"]: weight["name"] for weight in entry["weights"]}
    yield entry, owner
    for child in children_of(entry):
        names = [weight["name"] for weight in entries[child["name"]]["weights"]]
        for place in instances(entry, child):
            above = {n: owner[entry["step"]["weight_map"][f"{place}.{n}"]] for n in names}
            yield from owners(entries, child["name"], above or {"": ""})


def instances(entry: Entry, child: dict[str, Any]) -> list[str]:
    """`blocks.0`, `blocks.1` for a list of children, else the attribute."""
    attribute = child["attribute"]
    if any(f"self.{attribute} = nn.ModuleList" in line for line in entry["step"]["init"]):
        return [f"{attribute}.{place}" for place in range(child["count"])]
    return [attribute]
