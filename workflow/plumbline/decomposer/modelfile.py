"""A model file: `Model`, `get_inputs()` and `get_init_inputs()`, loaded and built, or refused with the place."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from .errors import Refusal

NEEDED = ("Model", "get_inputs")


@dataclass(frozen=True)
class ModelFile:
    path: Path
    text: str
    sha256: str

    @property
    def name(self) -> str:
        return self.path.stem

    @classmethod
    def read(cls, path: Path) -> ModelFile:
        """Read the file; it must be utf-8 and Python."""
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refusal(
                "the model file is not utf-8", f"{path}, byte {error.start}", "Python source in utf-8",
                error.reason, "save it as utf-8",
            ) from None  # fmt: skip
        try:
            compile(text, str(path), "exec")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise Refusal(
                "the model file is not Python", f"{path}, line {line}", "a module that compiles",
                f"{error.__class__.__name__}: {getattr(error, 'msg', error)}", "run it with python and mend it",
            ) from None  # fmt: skip
        return cls(path, text, hashlib.sha256(data).hexdigest())

    def load(self) -> ModuleType:
        """Execute the module. Whatever it raises is the author's: shown as their own traceback."""
        spec = importlib.util.spec_from_file_location(self.name, self.path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.name] = (
            module  # dataclasses and pickles of the author's look themselves up here
        )
        self._guard("importing the file", lambda: spec.loader.exec_module(module))
        for name in NEEDED:
            if not hasattr(module, name):
                raise Refusal(
                    f"the model file has no `{name}`", str(self.path), f"`{name}` at the top level of the file",
                    ", ".join(sorted(n for n in vars(module) if not n.startswith("_"))) or "nothing",
                    "add it: see models/softmax.py for the smallest model file",
                )  # fmt: skip
        return module

    def build(self) -> tuple[nn.Module, Any]:
        """The model in eval mode and its inputs."""
        module = self.load()
        init = self._guard("get_init_inputs()", getattr(module, "get_init_inputs", list))
        if isinstance(init, dict):
            model = self._guard("Model(**get_init_inputs())", lambda: module.Model(**init))
        else:
            model = self._guard("Model(*get_init_inputs())", lambda: module.Model(*init))
        if not isinstance(model, nn.Module):
            raise Refusal(
                "`Model` is not a torch module", str(self.path), "a subclass of torch.nn.Module",
                type(model).__name__, "derive it from nn.Module",
            )  # fmt: skip
        inputs = self._guard("get_inputs()", module.get_inputs)
        if not isinstance(inputs, list | tuple | dict):
            inputs = [inputs]
        return model.eval(), inputs

    def _guard(self, doing: str, call: Any) -> Any:
        try:
            return call()
        except Refusal:
            raise
        except Exception as error:
            raise self.refusal(doing, error) from None

    def refusal(self, doing: str, error: BaseException) -> Refusal:
        """The author's exception, with the frames of the author's own code."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == str(self.path)]
        where = "\n".join(f"{self.path}, line {frame.lineno}: {frame.line}" for frame in own[-4:])
        found = "".join(traceback.format_exception_only(error)).strip()
        wanted = _ALLOCATION.search(found)
        if wanted:
            return _too_large(doing, where or str(self.path), int(wanted[1]))
        return Refusal(
            f"{doing} raises an exception", where or str(self.path), "a model that runs on the CPU",
            found[:2000], "run Model(*get_init_inputs())(*get_inputs()) by itself and mend it",
        )  # fmt: skip


_ALLOCATION = re.compile(r"tried to allocate (\d+) bytes")


def _too_large(doing: str, where: str, wanted: int) -> Refusal:
    """The model asks for more memory than there is."""
    with open("/proc/meminfo", encoding="ascii") as file:
        sizes = {name: int(size.split()[0]) for name, size in (line.split(":") for line in file)}
    return Refusal(
        f"{doing} does not fit in memory",
        where,
        f"at most {sizes['MemAvailable'] // 2**10} MB, which is what this machine has available",
        f"one tensor of {wanted // 2**20} MB",
        "run it on a machine with more memory, or make the model file smaller",
    )
