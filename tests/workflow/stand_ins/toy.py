"""What the stand-ins share: arguments, JSON, and the toy model's own description of its plan."""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDERS = {
    "model": "level_3_model",
    "layer": "level_2_layer",
    "fusion": "level_1_fusion",
    "kernel": "level_0_kernel",
}
STEPS = {
    "model": "step_1_model_to_layers",
    "layer": "step_2_{}_to_fusions",
    "fusion": "step_3_{}_to_kernels",
}


def arguments(argv: Sequence[str] | None, *names: str) -> argparse.Namespace:
    """The named options; everything else that the workflow passes is ignored."""
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(f"--{name}", nargs="+" if name == "children" else None)
    return parser.parse_known_args(argv)[0]


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


def tree(model: Path) -> dict[str, dict[str, Any]]:
    """Lines such as `block (layer): conv_relu pool | text of the file`."""
    lines = re.findall(r"(?m)^(\w+) \((\w+)\):([^|\n]*)\|?(.*)$", model.read_text(encoding="utf-8"))
    return {
        name: {"level": level, "children": children.split(), "text": text.strip()}
        for name, level, children, text in lines
    }


def step_of(name: str, level: str, is_root: bool) -> str | None:
    if level == "kernel":
        return "step_1_model_to_kernel" if is_root else None
    return STEPS[level].format(name)
