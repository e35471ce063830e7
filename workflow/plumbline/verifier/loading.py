"""Make modules from checked sources, in a worker. No file is read again and no cache is used.

The original is the user's file and is imported as Python imports it. Refactored files and children
get an ``__import__`` of their own: it knows the children of the step and torch, math and typing.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .vocabulary import BUILTINS

ALLOWED_IMPORTS = ("torch", "math", "typing", "__future__")


def load_original(text: str, path: Path, step: Path | None = None) -> types.ModuleType:
    """Run the user's model file as a module of its own name.

    It may import its neighbours, unless it lies in the judged step: what lies there may be anybody's.
    """
    module = types.ModuleType(f"judged_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    if path.parent != step:
        sys.path.append(str(path.parent))
    sys.dont_write_bytecode = True
    exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)
    return module


class StepLoader:
    """Runs checked trees; every child is made once, whichever way it is imported."""

    def __init__(self, codes: Mapping[str, types.CodeType]) -> None:
        self.codes = codes
        self.made: dict[str, types.ModuleType] = {}

    def child(self, name: str) -> types.ModuleType:
        """The module of one child file."""
        if name not in self.made:
            self.made[name] = self.run(f"children.{name}", self.codes[name], _import_plain)
        return self.made[name]

    def refactored(self, code: types.CodeType) -> types.ModuleType:
        """The module of the refactored file, whose imports of children end here."""
        return self.run("refactored", code, self._import_for_refactored)

    def run(self, name: str, code: types.CodeType, importer: Any) -> types.ModuleType:
        """A module whose builtins are the allowed ones only."""
        module = types.ModuleType(name)
        allowed: dict[str, Any] = {key: getattr(builtins, key) for key in BUILTINS}
        allowed["__import__"] = importer
        allowed["__build_class__"] = builtins.__build_class__
        module.__dict__["__builtins__"] = allowed
        exec(code, module.__dict__)
        return module

    def _import_for_refactored(self, name: str, *rest: Any) -> Any:
        child = name.removeprefix("children.")
        if child in self.codes:
            return self.child(child)
        return _import_plain(name, *rest)


def _import_plain(name: str, *rest: Any) -> Any:
    if name.split(".")[0] not in ALLOWED_IMPORTS:
        raise ImportError(f"{name} may not be imported here")
    return builtins.__import__(name, *rest)
