"""The worker of the refactored model: built from checked trees, running given trials."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn
from torch.overrides import TorchFunctionMode

from .exchange import Spec, UnknownValue, describe_value, read_value, write_value
from .loading import StepLoader
from .probing import Probe, disturbed
from .recording import Recording, record_forward
from .reference import shares
from .runtime import call_model, flat_tensors, prepare_runtime
from .seeds import seed_of
from .settings import Settings
from .signatures import bound_values
from .state import Effects, assign, named_state, python_state, tie_groups

INITIALISERS = frozenset({"normal_", "uniform_", "exponential_", "random_", "log_normal_"})


class _NoInitialisation(TorchFunctionMode):
    """Random initialisers do nothing: every tensor is overwritten through the weight map."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in INITIALISERS or getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        if name in ("randn", "rand", "randint"):
            return func(*args, **kwargs) if "generator" in kwargs else _empty(name, args, kwargs)
        return func(*args, **kwargs)


def _empty(name: str, args: Any, kwargs: dict[str, Any]) -> torch.Tensor:
    """An uninitialised tensor of the size and dtype that a random factory was asked for."""
    if name != "randint":
        return torch.empty(*args, **kwargs)
    size = kwargs.pop("size", args[-1])
    for bound in ("low", "high"):
        kwargs.pop(bound, None)
    return torch.empty(size, **{"dtype": torch.int64, **kwargs})


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
        self.loader = StepLoader(self.codes)
        module = self.loader.refactored(self.code)
        with _NoInitialisation():
            arguments: list[Any] = getattr(module, "get_init_inputs", list)()
            self.model: nn.Module = getattr(module, self.class_name)(*arguments).eval()
        self.model.requires_grad_(False)  # gradients are of children's outputs only
        self.state = named_state(self.model)
        self.children = self.find_children()
        return {
            "state": {
                name: {"shape": list(tensor.shape), "dtype": str(tensor.dtype)[6:]}
                for name, tensor in self.state.items()
            },
            "ties": tie_groups(self.state),
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
        """What get_inputs() of a file gives, its values not drawn."""
        with _NoInitialisation():
            return module.get_inputs()

    def described_inputs(self, module: types.ModuleType, model: nn.Module) -> Spec:
        """What get_inputs() of a file gives; values do not matter, so none are drawn."""
        value = self.given(module)
        arguments = ([], value) if isinstance(value, dict) else (value, {})
        try:
            return describe_value(bound_values(model, *arguments), [])
        except (UnknownValue, TypeError) as error:
            return {"kind": "error", "value": str(error)}

    def trial(self, request: dict[str, Any]) -> dict[str, Any]:
        """One forward on given inputs: recorded, probed by gradients, disturbed, or plain."""
        inputs = read_value(self.folder / f"{request['file']}.in", request["inputs"])
        assign(self.state, self.mapping, self.layout, self.folder / "state")
        before = flat_tensors(inputs)
        watch, kept = Effects(inputs, self.state), python_state(self.model)
        names = {key: attribute for key, (attribute, _) in self.children.items()}
        probe = Probe(names) if request.get("gradient") else None
        with self.watch(request, inputs, names, probe) as recording:
            torch.manual_seed(seed_of(self.settings.seed, "forward", request["index"]))
            output = call_model(self.model, inputs)
            if recording is not None:
                recording.finish(output)
        self.counter += 1
        name = f"candidate.{self.counter}"
        result: dict[str, Any] = {"file": name}
        result["outputs"] = write_value(self.folder / f"{name}.out", output, dense=True)
        result["aliases"] = [
            [index for index, tensor in enumerate(before) if shares(one, tensor)]
            for one in flat_tensors(output)
        ]
        groups = {name: self.groups[target] for name, target in self.mapping.items()}
        if changed := watch.changed(groups):
            result["mutated"] = write_value(self.folder / f"{name}.changed", changed)
        after = python_state(self.model)
        result["kept"] = sorted(k for k in {*kept, *after} if kept.get(k) != after.get(k))
        if recording is not None:
            result["record"] = recording.as_json()
        if probe is not None:
            result["effects"] = probe.effects(output, self.settings.seed)
        return result

    @contextlib.contextmanager
    def watch(
        self, request: dict[str, Any], inputs: Any, names: dict[int, str], probe: Probe | None
    ) -> Iterator[Recording | None]:
        """What stands around one forward."""
        if request.get("record"):
            tensors = flat_tensors(inputs)
            with record_forward(self.model, self.state, tensors, self.files(), names) as recording:
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
