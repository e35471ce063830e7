"""Stand-in: read the plan out of the toy model's own text."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from toy import FOLDERS, arguments, step_of, tree, write


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv, "model", "output")
    model, output = Path(args.model), Path(args.output)
    text = model.read_text(encoding="utf-8")
    if "DIE" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    index = {"model": model.stem, "status": "planned", "error": None, "source_sha256": "-"}
    if "REFUSE" in text:
        error = {"what": "no Model", "where": model.name, "expected": "a class", "found": "none"}
        write(
            output / "index.json", {**index, "status": "refused", "components": {}, "error": error}
        )
        return 0
    parts = tree(model)
    root = next(iter(parts))
    steps = {name: step_of(name, part["level"], name == root) for name, part in parts.items()}
    components = {}
    for name, part in parts.items():
        parents = [p for p, other in parts.items() if name in other["children"]]
        components[name] = {
            "level": part["level"],
            "path": f"{FOLDERS[part['level']]}/{name}.py",
            "step": steps[name],
            "children": part["children"],
            "births": [steps[parent] for parent in parents],
            "instances": max(1, len(parents)),
            "mem_mb": 5000 if "GIANT" in part["text"] else 10,
            "kept_mb": 20,
            "passed_mb": 1,
            "operations": 1,
        }
        write(output / "components" / f"{name}.json", {"name": name, "text": part["text"]})
    level = parts[root]["level"]
    write(
        output / "index.json", index | {"root": root, "root_level": level, "components": components}
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
