"""The composition: a model of level-0 kernels alone, as a test by itself and as a step for the verifier."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from .emit import refactored_text

TEMPLATE = Path(__file__).with_name("composition_test.txt")


def write_composition(plan: Path, result: Path) -> None:
    """Write `composition/` (a step of kernels for the verifier) and `verification/composition_test.py`."""
    index = json.loads((plan / "index.json").read_text("utf-8"))
    composition = json.loads((plan / "composition.json").read_text("utf-8"))
    root = index["components"][index["root"]]
    entry = json.loads((plan / "components" / f"{index['root']}.json").read_text("utf-8"))
    test = result / "verification" / "composition_test.py"
    test.parent.mkdir(parents=True, exist_ok=True)
    original = f"../{root['path']}"
    if (
        index["root_level"] == "kernel"
    ):  # the level folder holds the emitted kernel: the user's file stands here
        original = "original.py"
        shutil.copyfile(result / "steps" / root["step"] / "original.py", test.parent / original)
    _write_step(composition, entry, result, (test.parent / original).resolve())
    test.write_text(_test_text(index["model"], original, composition), encoding="utf-8")


def _write_step(
    composition: dict[str, Any], entry: dict[str, Any], result: Path, original: Path
) -> None:
    folder = result / "composition"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "children").mkdir(parents=True)
    for name, _ in composition["imports"]:
        shutil.copyfile(
            result / "level_0_kernel" / f"{name}.py", folder / "children" / f"{name}.py"
        )
    shutil.copyfile(original, folder / "original.py")
    text = refactored_text({**entry, "step": composition})
    (folder / "refactored.py").write_text(text, encoding="utf-8")
    (folder / "weight_map.json").write_text(
        json.dumps(composition["weight_map"], indent=1) + "\n", encoding="utf-8"
    )


def _test_text(model: str, original: str, composition: dict[str, Any]) -> str:
    """The template filled in: imports, the composed model, the weight map."""
    parts = {
        "@MODEL@": model,
        "@ORIGINAL@": original,
        "@IMPORTS@": "\n".join(
            f"from {name} import Model as {alias}" for name, alias in composition["imports"]
        ),
        "@INIT@": "\n".join(f"        {line}" for line in composition["init"]),
        "@ARGUMENTS@": ", ".join(["self", *composition["arguments"]]),
        "@FORWARD@": "\n".join(f"        {line}" for line in composition["forward"]),
        "@WRITTEN@": ", ".join(f'"{name}"' for name in composition["written"]),
        "@WEIGHTS@": "\n".join(
            f'    "{new}": "{old}",' for new, old in composition["weight_map"].items()
        ),
    }
    text = TEMPLATE.read_text("utf-8")
    for mark, content in parts.items():
        text = text.replace(f"{mark}\n", f"{content}\n" if content else "").replace(mark, content)
    return text
