"""Write one model file for each architecture of the catalogue: make_models.py CATALOGUE FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml

FILE = '''\
"""{family} of {library}, with random weights."""

import torch
import torch.nn as nn
import {module}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = {build}

    def forward(self, {names}):
        return self.model({call})


def get_inputs():
    return [{inputs}]


def get_init_inputs():
    return []
'''
BUILDERS = {
    "torchvision": ("torchvision.models", "torchvision.models.{name}(weights=None{more})"),
    "timm": ("timm", 'timm.create_model("{name}", pretrained=False, num_classes=10)'),
}
MORE = {  # what some builders of torchvision need to leave the network alone
    "googlenet": ", init_weights=False, aux_logits=False",
    "inception_v3": ", init_weights=False, aux_logits=False",
    "segmentation": ", weights_backbone=None",
}


def model_files(catalogue: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of every model file."""
    for family, (kind, settings, inputs) in catalogue["transformers"].items():
        yield f"transformers_{family}", of_transformers(catalogue, family, kind, settings, inputs)
    for library in BUILDERS:
        for family, members in catalogue[library].items():
            for name, side in members.items():
                stem = f"{library}_{name.replace('.', '_')}"
                yield stem, of_images(library, family, name, side)


def of_transformers(
    catalogue: Mapping[str, Any],
    family: str,
    kind: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> str:
    """A model of transformers, called with keywords as its users do."""
    arguments = wrapped([f"{key}={value!r}" for key, value in settings.items()])
    config = f"transformers.{kind}.config_class(\n{arguments}\n            )"
    return FILE.format(
        library="transformers",
        family=family,
        module="transformers",
        build=f"transformers.{kind}(\n            {config}\n        )",
        names=", ".join(inputs),
        call=", ".join(f"{name}={name}" for name in inputs),
        inputs=", ".join(drawn(text, catalogue["vocabulary"]) for text in inputs.values()),
    )


def of_images(library: str, family: str, name: str, side: int) -> str:
    """A model of torchvision or timm, for one square image, or for eight frames of a video."""
    module, build = BUILDERS[library]
    frames = "8, " if name.startswith("video.") else ""
    more = MORE.get(name.split(".")[0], "") if library == "torchvision" else ""
    return FILE.format(
        library=library,
        family=family,
        module=module,
        build=build.format(name=name, more=more),
        names="x",
        call="x",
        inputs=f"torch.randn(1, 3, {frames}{side}, {side})",
    )


def wrapped(parts: list[str]) -> str:
    """Arguments in lines of the model file."""
    indent = " " * 16
    return fill(", ".join(parts), 100, initial_indent=indent, subsequent_indent=indent)


def drawn(text: str, vocabulary: int) -> str:
    """`ids 2 12` as a call of torch."""
    kind, *sizes = text.split()
    shape = ", ".join(sizes)
    return {
        "ids": f"torch.randint(0, {vocabulary}, ({shape}))",
        "mask": f"torch.ones({shape}, dtype=torch.int64)",
        "float": f"torch.randn({shape})",
    }[kind]


def main(catalogue: Path, folder: Path) -> None:
    """Write what changed; drop files of architectures that the catalogue has no more."""
    files = dict(model_files(yaml.safe_load(catalogue.read_text("utf-8"))))
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.py"):
        if stale.stem not in files:
            stale.unlink()
    for name, text in files.items():
        path = folder / f"{name}.py"
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    print(f"{len(files)} architectures")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
