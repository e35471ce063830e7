"""Print the files of one component from its entry: SPEC.md's component format, and the files of its step."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

from .docstrings import Entry, describe, doc, header
from .templates import ACTUAL_SHAPES, EXPECTED_SHAPES, MAIN, NO_INF, NO_NAN, RUN_TESTS, TENSORS_OF


def component_text(entry: Entry, model_source: str | None = None) -> str:
    """The component's file. For the root above level 0 it is the user's file with SPEC.md's header and functions."""
    if entry["authored"]:
        assert model_source is not None
        return authored_text(entry, model_source)
    body = entry["body"]
    return "\n".join(
        [
            header(entry),
            "import torch",
            "import torch.nn as nn",
            *(["import torch.nn.functional as F"] if _uses(body, "F.") else []),
            "",
            "",
            *_class("Model", describe(entry), body),
            "",
            "",
            *_get_inputs(entry),
            *_tail(entry),
            "",
        ]
    )


def original_text(entry: Entry, component: str, model_source: str) -> str:
    """What stands as original.py in the component's step: the component's file, or the user's for a root kernel."""
    return authored_text(_whole(entry), model_source) if entry["whole"] else component


def refactored_text(entry: Entry) -> str:
    """The step's refactored.py."""
    entry = _whole(entry)
    step = entry["step"]
    text = doc(
        f"{entry['name']} refactored: calls of its children and data plumbing.",
        "",
        "Children:",
        *(
            f"  - {child['attribute']}: {child['name']}" + _times(child)
            for child in step["children"]
        ),
    )
    return "\n".join(
        [
            text,
            "import sys",
            "from pathlib import Path",
            "",
            "import torch",
            "import torch.nn as nn",
            "",
            'sys.path.insert(0, str(Path(__file__).parent / "children"))',
            "",
            *(f"from {name} import Model as {alias}" for name, alias in step["imports"]),
            "",
            "",
            *_class("RefactoredModel", [f"{entry['name']} as calls of its children."], step),
            "",
            "",
            *_get_inputs(entry),
            "",
            "",
            "def get_init_inputs():",
            "    return []",
            "",
        ]
    )


def _whole(entry: Entry) -> Entry:
    """The entry with the model's own inputs and outputs, where the component is the kernel of a model."""
    return {**entry, **(entry["whole"] or {})}


def write_step(
    entry: Entry, component: Path, children: list[Path], model: Path, folder: Path
) -> None:
    """original.py, refactored.py, children/ and weight_map.json of one step."""
    target = folder / "children"
    target.mkdir(parents=True, exist_ok=True)
    wanted = {child.name for child in children}
    for stale in target.iterdir():
        if stale.name not in wanted and stale.is_file():
            stale.unlink()
    for child in children:
        shutil.copyfile(child, target / child.name)
    original = original_text(entry, component.read_text("utf-8"), model.read_text("utf-8"))
    (folder / "original.py").write_text(original, encoding="utf-8")
    (folder / "refactored.py").write_text(refactored_text(entry), encoding="utf-8")
    text = json.dumps(entry["step"]["weight_map"], indent=1, ensure_ascii=False) + "\n"
    (folder / "weight_map.json").write_text(text, encoding="utf-8")


# -- parts ------------------------------------------------------------------------------------------------------------


def _class(name: str, doc: list[str], body: dict[str, Any]) -> list[str]:
    arguments = ", ".join(["self", *body["arguments"]])
    return [
        f"class {name}(nn.Module):",
        '    """' + doc[0] + ('"""' if len(doc) == 1 else ""),
        *([*(f"    {line}".rstrip() for line in doc[1:]), '    """'] if len(doc) > 1 else []),
        "",
        "    def __init__(self):",
        "        super().__init__()",
        *(f"        {line}" for line in body["init"]),
        "",
        f"    def forward({arguments}):",
        *(f"        {line}" for line in body["forward"]),
    ]


def _get_inputs(entry: Entry) -> list[str]:
    """A list in the order of forward's parameters, or a dict where the model takes keywords."""
    inputs = entry["inputs"]
    rows = [
        f'"{item["name"]}": {item["code"]}' if entry["keywords"] else item["code"]
        for item in inputs
    ]
    opening, closing = "{}" if entry["keywords"] else "[]"
    return [
        "def get_inputs():",
        '    """Inputs of the original\'s shapes, dtypes and strides, in the range seen in its run."""',
        f"    return {opening}",
        *(f"        {row}," for row in rows),
        f"    {closing}",
    ]


def _tail(entry: Entry, present: frozenset[str] = frozenset()) -> list[str]:
    """get_init_inputs, get_expected_output_shape and run_tests, as SPEC.md has them, where the file lacks them."""
    shapes = [
        f"({', '.join(map(str, item['shape']))}{',' if len(item['shape']) == 1 else ''})"
        for item in entry["outputs"]
    ]
    lines: list[str] = []
    if "get_init_inputs" not in present:
        lines += ["", "", "def get_init_inputs():", "    return []"]
    if _is_sized(entry):
        lines += ["", "", "def get_expected_output_shape():", f"    return [{', '.join(shapes)}]"]
    lines += ["", "", *_run_tests(entry).splitlines()]
    return [*lines, *([] if entry["plain"] else TENSORS_OF.splitlines()), *MAIN.splitlines()]


def _is_sized(entry: Entry) -> bool:
    """Whether the shapes of the outputs can be promised: they do not depend on data that the part computes."""
    return all(item["sized"] for item in entry["outputs"])


def _run_tests(entry: Entry) -> str:
    """SPEC.md's run_tests. Infinities are allowed where the model's own run gave them, and so is what lies in memory
    that nobody has written."""
    values = "".join(
        line
        for line, key in ((NO_NAN, "written"), (NO_INF, "finite"))
        if all(item[key] for item in entry["outputs"])
    )
    flatten = "tensors_of" if not entry["plain"] else "list"
    shapes = EXPECTED_SHAPES if _is_sized(entry) else ACTUAL_SHAPES
    text = (
        RUN_TESTS.replace("{values}", values)
        .replace("{shapes}", shapes)
        .replace("{flatten}", flatten)
    )
    if entry["keywords"]:
        text = text.replace("model(*inputs)", "model(**inputs)")
    return (
        text
        if entry["plain"]
        else text.replace("[x.shape for x in inputs]", "[x.shape for x in tensors_of(inputs)]")
    )


def authored_text(entry: Entry, source: str) -> str:
    """The user's file under SPEC.md's header, with the functions that it lacks; its own `__main__` part goes."""
    tree = ast.parse(source)
    lines = source.splitlines()
    own = ast.get_docstring(tree, clean=False) or ""
    drop: set[int] = set()
    for node in tree.body:
        is_doc = node is tree.body[0] and own != ""
        if is_doc or _is_main(node):
            drop.update(range(node.lineno - 1, node.end_lineno or node.lineno))
    rest = "\n".join(line for number, line in enumerate(lines) if number not in drop).strip("\n")
    present = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    needs_torch = not any(
        isinstance(n, ast.Import) and any(a.asname is None and a.name == "torch" for a in n.names)
        for n in tree.body
    )
    tail = _tail(entry, present)
    if needs_torch:
        tail = ["", "", "import torch", *tail]
    return "\n".join([header(entry, own), rest, *tail, ""])


def _is_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and "__name__" in ast.unparse(node.test)
        and "__main__" in ast.unparse(node.test)
    )


def _uses(body: dict[str, Any], text: str) -> bool:
    return any(text in line for line in [*body["init"], *body["forward"]])


def _times(child: dict[str, Any]) -> str:
    return f" (called {child['count']} times)" if child["count"] > 1 else ""
