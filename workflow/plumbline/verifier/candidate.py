"""The worker of the refactored model: built from checked trees, running given trials."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn

from .accounting import summary
from .drawn import Undrawn
from .forward import run_forward
from .kept import python_state
from .loading import StepLoader
from .modes import record_forward
from .probing import Probe, disturbed
from .recording import Recording
from .runtime import UnknownValue, bound_values, prepare_runtime
from .settings import Settings
from .state import assign, named_state, standing, tie_groups
from .values import Spec, describe_tensor, describe_value


def bound_arguments(function: Any, module: nn.Module, args: Any, kwargs: Any) -> Spec:
    """The arguments of a constructor, defaults among them."""
    bound = inspect.signature(function).bind(module, *args, **kwargs)
    bound.apply_defaults()
    return describe_value([*bound.arguments.values()][1:], [])


def noting(plain: Any, made_with: dict[int, Spec]) -> Any:
    """A constructor that tells what it was given."""

    @functools.wraps(plain)
    def init(module: nn.Module, *args: Any, **kwargs: Any) -> None:
        made_with[id(module)] = bound_arguments(plain, module, args, kwargs)
        plain(module, *args, **kwargs)

    return init


def _unprintable(tensor: torch.Tensor, **_: Any) -> str:
    """Printing would read values past every recording."""
    raise TypeError("the value of a tensor is read into Python")


class Candidate:
    """Answers build, load, trial and disturb; keeps the model between requests."""

    def __init__(
        self,
        settings: Settings,
        codes: Mapping[str, types.CodeType],
        code: types.CodeType,
        class_name: str,
        folder: Path,
    ) -> None:
        self.settings, self.folder = settings, folder
        self.codes, self.code, self.class_name = codes, code, class_name
        self.counter = 0

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "build":
                return self.build()
            case "load":
                self.mapping, self.layout = request["map"], request["layout"]
                self.groups = request["ties"]
                return {}
            case "trial":
                return self.trial(request)
        raise ValueError(f"unknown request {request['do']!r}")

    def build(self) -> dict[str, Any]:
        """Make the model; tell its state, its children and what all input functions give."""
        prepare_runtime(self.settings.threads)
        torch.Tensor.__repr__ = _unprintable  # type: ignore[method-assign,assignment]
        self.loader = StepLoader(self.codes)
        module = self.loader.refactored(self.code)
        with Undrawn():
            self.made_with: dict[int, Spec] = {}
            for child in self.loader.made.values():
                child.Model.__init__ = noting(child.Model.__init__, self.made_with)
            arguments: list[Any] = getattr(module, "get_init_inputs", list)()
            self.model: nn.Module = getattr(module, self.class_name)(*arguments).eval()
        self.model.requires_grad_(False)  # gradients are of children's outputs only
        self.state = named_state(self.model)
        self.children = self.find_children()
        self.ties = tie_groups(self.state)
        return {
            "state": {
                name: describe_tensor(tensor) | {"standing": standing(self.model, name, tensor)}
                for name, tensor in self.state.items()
            },
            "ties": self.ties,
            "children": dict(self.children.values()),
            "inputs": self.described_inputs(module, self.model),
            "given": describe_value(self.given(module), []),
            "child_inputs": {
                attribute: self.described_inputs(
                    self.loader.made[name], self.model.get_submodule(attribute)
                )
                for attribute, name in self.children.values()
            },
        }

    def find_children(self) -> dict[int, tuple[str, str]]:
        """Attribute and file of every child module, by id; a tied child has its first attribute."""
        classes = {module.Model: name for name, module in self.loader.made.items()}
        found: dict[int, tuple[str, str]] = {}
        for attribute, module in self.model.named_modules():
            inside = any(attribute.startswith(f"{other}.") for other, _ in found.values())
            if type(module) in classes and not inside:
                found[id(module)] = (attribute, classes[type(module)])
        return found

    def given(self, module: types.ModuleType) -> Any:
        """What get_inputs() of a file gives; its values are not drawn, unless it needs them."""
        try:
            with Undrawn(scaled=True):
                return module.get_inputs()
        except (RuntimeError, ValueError, IndexError):  # one_hot of numbers that are no classes
            return module.get_inputs()

    def described_inputs(self, module: types.ModuleType, model: nn.Module) -> Spec:
        """What get_inputs() of a file gives; values do not matter, so none are drawn."""
        value = self.given(module)
        if not isinstance(value, list | tuple | dict):
            text = f"it returns a {type(value).__name__}; expected a list of inputs"
            return {"kind": "error", "value": text}
        arguments = ([], value) if isinstance(value, dict) else (value, {})
        own: Any = getattr(module, "get_init_inputs", list)()
        try:
            if id(model) in self.made_with:
                named = (own, {}) if isinstance(own, list | tuple) else ([], own)
                if self.made_with[id(model)] != bound_arguments(
                    type(model).__init__, model, *named
                ):
                    text = f"the step makes it with other arguments than get_init_inputs() gives, {own}"
                    return {"kind": "error", "value": text}
            return describe_value(bound_values(model, *arguments), [])
        except (UnknownValue, TypeError) as error:
            return {"kind": "error", "value": str(error)}

    def trial(self, request: dict[str, Any]) -> dict[str, Any]:
        """One forward on given inputs: recorded, probed by gradients, disturbed, or plain."""
        assign(self.state, self.mapping, self.layout, self.folder / "state", self.ties)
        groups = {name: self.groups[target] for name, target in self.mapping.items()}
        kept = python_state(self.model)
        names = {key: attribute for key, (attribute, _) in self.children.items()}
        probe = Probe(names) if request.get("gradient") else None
        self.counter += 1
        recordings: list[Recording] = []
        output, told = run_forward(
            self.model, self.state, groups, self.folder / f"{request['file']}.in",
            request["inputs"], self.folder / f"candidate{self.counter}",
            (self.settings.seed, request["index"]),
            lambda inputs: self.watch(request, inputs, names, probe, recordings),
            self.settings.keep_large,
        )  # fmt: skip
        after = python_state(self.model)
        told["kept"] = sorted(k for k in {*kept, *after} if kept.get(k) != after.get(k))
        if recordings:
            told["record"] = summary(recordings[0])
        if probe is not None:
            told["effects"] = probe.effects(output, self.settings.seed)
        return told

    @contextlib.contextmanager
    def watch(
        self, request: dict[str, Any], inputs: list[torch.Tensor], names: dict[int, str],
        probe: Probe | None, recordings: list[Recording],
    ) -> Iterator[Recording | None]:  # fmt: skip
        """What stands around one forward."""
        if request.get("record"):
            with record_forward(self.state, inputs, self.files(), names) as recording:
                recordings.append(recording)
                yield recording
        elif probe is not None:
            with probe:
                yield None
        elif request.get("disturb"):
            with disturbed(names, request["disturb"], self.settings.seed):
                yield None
        else:
            yield None

    def files(self) -> set[str]:
        """Names under which the judged sources were compiled."""
        return {code.co_filename for code in [*self.codes.values(), self.code]}
