"""Where in the author's code an operation was called."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from pathlib import Path
from types import FrameType

import torch

from .graph import Source

_TORCH = str(Path(torch.__file__).parent)
_OURS = str(Path(__file__).parent)


def caller() -> Source:
    """The innermost line outside torch and outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_TORCH, _OURS, "<")):
            return _source(file, frame.f_lineno)
        frame = frame.f_back
    return Source("unknown", 0)


@functools.cache
def _source(file: str, line: int) -> Source:
    text = linecache.getline(file, line).strip()
    return Source(_short(file), line, text, _targets(file).get(line, ()))


@functools.cache
def _targets(file: str) -> dict[int, tuple[str, ...]]:
    """Line -> the plain names that the statement there assigns: `q, k = f(x)` gives ("q", "k")."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
                names: tuple[str, ...] = (name,)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = (name,)
            case ast.Assign(targets=[ast.Tuple(elts=parts)]):
                names = tuple(part.id for part in parts if isinstance(part, ast.Name))
            case _:
                continue
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            found[line] = names
    return found


@functools.cache
def _short(file: str) -> str:
    """The file as a reader knows it: below site-packages its path there, else its name alone."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return "/".join(parts[len(parts) - parts[::-1].index("site-packages") :])
    return parts[-1]
