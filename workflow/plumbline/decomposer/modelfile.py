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

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from .errors import Refusal
from .room import ALLOCATION, check_room, too_large
from .words import identifier

NEEDED = {
    "Model": "class Model(nn.Module)",
    "get_inputs": "def get_inputs(), which returns the list of forward's arguments",
}
HIGHER_ORDER = re.compile(r"no rule registered for HigherOrderOperator (\w+)")
NEWLINE = b"\n"


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
                "the model file is not utf-8", f"{path}, line {data[: error.start].count(NEWLINE) + 1}",
                "Python source in utf-8", f"the byte 0x{data[error.start]:02x}", "save it as utf-8",
            ) from None  # fmt: skip
        try:
            compile(text, str(path), "exec")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise Refusal(
                "the model file is not Python", f"{path}, line {line}", "a module that compiles",
                _syntax(error), "mend that line",
            ) from None  # fmt: skip
        return cls(path, text, hashlib.sha256(data).hexdigest())

    def load(self) -> ModuleType:
        """Execute the module. Whatever it raises is the author's: shown as their own traceback."""
        module = self._guard("importing the file", self.execute)
        assert isinstance(module, ModuleType)
        for name, wanted in NEEDED.items():
            if not hasattr(module, name):
                raise Refusal(
                    f"the model file has no `{name}`", str(self.path), f"{wanted}, at the top level of the file",
                    _defined(module), "add it: README.md shows a whole model file",
                )  # fmt: skip
        return module

    def execute(self) -> ModuleType:
        """The module, under a name of its own: a model file may be called like a library that it imports."""
        name = f"model_file_{identifier(self.name)}"
        spec = importlib.util.spec_from_file_location(name, self.path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = (
            module  # dataclasses and pickles of the author's look themselves up here
        )
        spec.loader.exec_module(module)
        return module

    def build(self) -> tuple[nn.Module, Any]:
        """The model in eval mode and its inputs."""
        module = self.load()
        init = self._guard("get_init_inputs()", getattr(module, "get_init_inputs", list))
        keywords = isinstance(init, dict)
        doing = f"Model({'*' * (1 + keywords)}get_init_inputs())"

        def make() -> Any:
            return module.Model(**init) if keywords else module.Model(*init)

        check_room(doing, str(self.path), make)
        model = self._guard(doing, make)
        if not isinstance(model, nn.Module):
            raise Refusal(
                "`Model` is not a torch module", str(self.path), "a subclass of torch.nn.Module",
                type(model).__name__, "derive it from nn.Module",
            )  # fmt: skip
        inputs = self._guard("get_inputs()", module.get_inputs)
        inputs = inputs if isinstance(inputs, list | tuple | dict) else [inputs]
        self._complete(model.eval(), module)
        return model, inputs

    def _complete(self, model: nn.Module, module: ModuleType) -> None:
        """Let lazy modules take their sizes from a first forward; from then on they are ordinary ones."""
        if any(is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers())):
            given = self._guard("get_inputs()", module.get_inputs)
            arguments = given if isinstance(given, list | tuple | dict) else [given]
            with torch.no_grad():
                self._guard(
                    "forward()",
                    lambda: (
                        model(**arguments) if isinstance(arguments, dict) else model(*arguments)
                    ),
                )

    def _guard(self, doing: str, call: Any) -> Any:
        try:
            return call()
        except Refusal:
            raise
        except Exception as error:
            raise self.refusal(doing, error) from None

    def refusal(self, doing: str, error: BaseException) -> Refusal:
        """The author's exception, with the frames of the author's own code."""
        told = self._traceback(error)
        found = "".join(traceback.format_exception_only(error)).strip()
        wanted = ALLOCATION.search(found)
        if wanted or isinstance(error, MemoryError):
            frames = [
                frame for frame in self._own_frames(error) if frame.filename == str(self.path)
            ]
            line = f", line {frames[-1].lineno}: {frames[-1].line}" if frames else ""
            return too_large(doing, f"{self.path}{line}", int(wanted[1]) if wanted else 0)
        if operator := HIGHER_ORDER.search(found):
            return self._higher_order(operator[1], error)
        return Refusal(
            f"{doing} raises an exception", str(self.path), "a model that runs on the CPU", told,
            "mend it so that Model(*get_init_inputs())(*get_inputs()) runs by itself",
        )  # fmt: skip

    def _higher_order(self, name: str, error: BaseException) -> Refusal:
        frames = self._own_frames(error)
        place = f", line {frames[-1].lineno}: {frames[-1].line}" if frames else ""
        return Refusal(
            "an operation takes Python functions, which no kernel can hold", f"{self.path}{place}",
            "operations on tensors and plain values", f"the higher-order operator {name}",
            "write it out: F.scaled_dot_product_attention with a mask, torch.where, a loop in Python",
        )  # fmt: skip

    def _traceback(self, error: BaseException) -> str:
        """As Python prints it, but of the author's own frames only."""
        last = "".join(traceback.format_exception_only(error)).strip()
        frames = traceback.format_list(self._own_frames(error))
        head = "Traceback (most recent call last):\n" if frames else ""
        return head + "".join(frames) + last

    def _own_frames(self, error: BaseException) -> list[traceback.FrameSummary]:
        """Frames outside of this package, of torch and of Python's own import system; the path as it was given."""
        foreign = (str(Path(__file__).parent), str(Path(torch.__file__).parent), "<frozen ")
        here = {str(self.path.resolve()): str(self.path), str(self.path.absolute()): str(self.path)}
        return [
            traceback.FrameSummary(here.get(f.filename, f.filename), f.lineno, f.name, line=f.line)
            for f in traceback.extract_tb(error.__traceback__)
            if not f.filename.startswith(foreign)
        ]


def _syntax(error: SyntaxError | ValueError) -> str:
    """The line with a mark under the place, as Python shows it."""
    lines = traceback.format_exception_only(error)
    return "".join(line for line in lines if not line.startswith("  File ")).rstrip()


def _defined(module: ModuleType) -> str:
    """What the file itself defines."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    return ", ".join(sorted(own)) or "nothing of its own"
