"""The tensors that a model keeps: their names, fresh values by role, and their way to the copy.

The original's state is drawn once, into one shared file. The refactored model maps that file; no
value is drawn twice and no weight is copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn

from .exchange import SharedFile, Spec, copy_span, describe_tensor, lay_out
from .runtime import flat_tensors
from .seeds import generator

TABLE_NAMES = ("pos", "token", "embed", "query", "cls")


def named_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters, buffers (duplicates kept), then tensors in plain attributes, by dotted name."""
    found: dict[str, torch.Tensor] = {}
    found.update(model.named_parameters(remove_duplicate=False))
    found.update(model.named_buffers(remove_duplicate=False))
    registered = {id(tensor) for tensor in found.values()}
    for prefix, module in model.named_modules(remove_duplicate=False):
        for name, value in vars(module).items():
            if name not in ("_parameters", "_buffers", "_modules"):
                dotted = f"{prefix}.{name}" if prefix else name
                for inner, tensor in _tensors(dotted, value):
                    if id(tensor) not in registered:
                        found[inner] = tensor
    return found


def _tensors(name: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    match value:
        case torch.Tensor():
            yield name, value
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _tensors(f"{name}.{index}", item)
        case dict():
            for key, item in value.items():
                yield from _tensors(f"{name}.{key}", item)


def place_of(tensor: torch.Tensor) -> tuple[object, ...]:
    """Equal for tensors that are the same memory: tied names."""
    return (
        tensor.data_ptr() or id(tensor),
        tuple(tensor.shape),
        tuple(tensor.stride()),
        tensor.dtype,
    )


def tie_groups(state: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """Each name with the first name of the same tensor."""
    first: dict[tuple[object, ...], str] = {}
    return {name: first.setdefault(place_of(tensor), name) for name, tensor in state.items()}


class Effects:
    """What a forward writes into its inputs and into the state."""

    def __init__(self, inputs: Any, state: Mapping[str, torch.Tensor]) -> None:
        self.inputs, self.state = inputs, state
        self.given = [(tensor, tensor._version) for tensor in flat_tensors(inputs)]
        self.kept = {name: tensor._version for name, tensor in state.items()}

    def changed(self, groups: Mapping[str, str]) -> dict[str, Any]:
        """All inputs if one was written, and each written tensor of the state by its group."""
        found: dict[str, Any] = {}
        if any(tensor._version != version for tensor, version in self.given):
            found["inputs"] = self.inputs
        written = {groups[name]: self.state[name].detach() for name, version in self.kept.items()
                   if self.state[name]._version != version}  # fmt: skip
        return found | ({"state": dict(sorted(written.items()))} if written else {})


def python_state(model: nn.Module) -> dict[str, str]:
    """Everything but the values of tensors that a model could keep from one call to the next."""
    return {f"{prefix}.{name}": _fingerprint(value) for prefix, module in model.named_modules()
            for name, value in vars(module).items()}  # fmt: skip


def _fingerprint(value: Any) -> str:
    match value:
        case dict():
            return str([(repr(key), _fingerprint(item)) for key, item in value.items()])
        case list() | tuple() | set():
            return str([_fingerprint(item) for item in value])
        case None | bool() | int() | float() | str():
            return repr(value)
    return f"{type(value).__name__} {id(value)}"


class FreshState:
    """The original's state in a shared file, drawn anew for each gain."""

    def __init__(self, model: nn.Module, path: Path, seed: int) -> None:
        self.seed, self.path = seed, path
        self.state = named_state(model)
        self.groups = tie_groups(self.state)
        self.layout: dict[str, Spec] = {n: describe_tensor(t) for n, t in self.state.items()}
        firsts = [self.layout[name] for name in dict.fromkeys(self.groups.values())]
        size = lay_out(firsts)
        for name, first in self.groups.items():
            self.layout[name]["place"] = self.layout[first]["place"]
        self.file = SharedFile(path, size, create=True)
        self.draws = self._prepare(model)
        self.versions: dict[str, int] = {}

    def _prepare(self, model: nn.Module) -> dict[str, Draw]:
        """Write the constructor's values, and choose how each tensor is drawn."""
        draws: dict[str, Draw] = {}
        owners = _owners(model)
        for first in dict.fromkeys(self.groups.values()):
            tensor = self.state[first].detach()
            if tensor.numel():
                copy_span(self.file.tensor(self.layout[first]), tensor)
            names = [name for name, group in self.groups.items() if group == first]
            draw = choose_draw(tensor, names, [owners[n] for n in names if n in owners],
                               isinstance(self.state[first], nn.Parameter))  # fmt: skip
            if draw is not None:
                draws[first] = draw
        return draws

    def draw(self, gain: float) -> None:
        """Draw every drawable tensor into the file; the same seed gives the same values."""
        for name, draw in self.draws.items():
            target = self.file.tensor(self.layout[name])
            if target.numel():
                draw(target, gain, generator(self.seed, "state", name))

    def restore(self, values: Mapping[str, torch.Tensor]) -> None:
        """Put the constructor's values back, where no gain gave a usable signal."""
        for name in self.draws:
            copy_span(self.file.tensor(self.layout[name]), values[name])

    def assign(self) -> None:
        """Point the original at private copies of the file's pages."""
        assign(self.state, {name: name for name in self.state}, self.layout, self.path)


def assign(
    state: Mapping[str, torch.Tensor],
    mapping: Mapping[str, str],
    layout: Mapping[str, Spec],
    path: Path,
) -> None:
    """Give each named tensor the mapped memory of its original; tied names share one view."""
    file = SharedFile(path)
    views: dict[int, torch.Tensor] = {}
    for name, tensor in state.items():
        spec = layout[mapping[name]]
        key = spec["place"] if math.prod(spec["shape"]) else -id(tensor)
        view = views.setdefault(key, file.tensor(spec))
        tensor.data = view if list(view.shape) == spec["shape"] else file.tensor(spec)


Draw = Callable[[torch.Tensor, float, torch.Generator], None]


def _owners(model: nn.Module) -> dict[str, nn.Module]:
    return {
        f"{prefix}.{name}" if prefix else name: module
        for prefix, module in model.named_modules(remove_duplicate=False)
        for name in [*module._parameters, *module._buffers]
    }


def choose_draw(
    tensor: torch.Tensor, names: list[str], owners: list[nn.Module], is_parameter: bool
) -> Draw | None:
    """How a tensor is drawn afresh, by the role that its names, owners and values show.

    weights ~ N(0, gain^2 / fan_in); norm weights and running variances ~ U(0.5, 1.5); biases and
    means ~ N(0, 0.1); what was non-negative stays so. None: keeps its value (integers, masks,
    tables and other buffers).
    """
    last = names[0].rsplit(".", 1)[-1].lower()
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.dtype.itemsize == 1:
        return None
    if "running_var" in last:
        return _positive
    if "running_mean" in last:
        return _normal(0.1)
    if not is_parameter or not tensor.numel():
        return None
    if tensor.is_complex():
        return _normal(1.0 / math.sqrt(max(1, tensor.shape[-1])) if tensor.dim() else 0.5)
    return _parameter_draw(tensor, last, owners)


def _parameter_draw(tensor: torch.Tensor, last: str, owners: list[nn.Module]) -> Draw:
    flat = tensor.float()
    low, high = float(flat.min()), float(flat.max())
    proper = sum(size > 1 for size in tensor.shape)
    normed = any("norm" in type(owner).__name__.lower() for owner in owners)
    if "bias" in last:
        return _normal(0.1)
    if normed or (low == high != 0.0 and low > 0):
        return _positive
    if not math.isfinite(low + high):
        return _normal(0.1)
    if proper <= 1:
        if any(word in last for word in TABLE_NAMES):
            return _normal(0.5)
        if low >= 0 and high > 0:
            return _scaled_positive(float(flat.square().mean().sqrt()))
        return _signed
    std = _weight_std(tensor, last, owners)
    if low >= 0 and high > 0:
        return _absolute(std)
    return _gained(std)


def _weight_std(tensor: torch.Tensor, last: str, owners: list[nn.Module]) -> float:
    shape = tensor.shape
    if owners and all(isinstance(owner, nn.Embedding | nn.EmbeddingBag) for owner in owners):
        return 1.0
    if any(isinstance(owner, nn.modules.conv._ConvTransposeNd) for owner in owners):
        return 1.0 / math.sqrt(max(1, tensor.numel() // shape[1]))
    if not owners or not type(owners[0]).__module__.startswith("torch.nn."):
        if any(word in last for word in TABLE_NAMES):
            return 0.5
        if tensor.dim() == 3 and shape[-1] > 9:  # a stack of matrices, whichever way they lie
            return float((shape[-1] * shape[-2]) ** -0.25)
    return 1.0 / math.sqrt(max(1, tensor.numel() // shape[0]))


def _fill(target: torch.Tensor, values: torch.Tensor) -> None:
    target.copy_(values)


def _gained(std: float) -> Draw:
    def draw(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
        if target.dtype in (torch.float32, torch.float64) and target.is_contiguous():
            target.normal_(0.0, std * gain, generator=source)
        else:
            _fill(target, torch.randn(target.shape, generator=source) * (std * gain))

    return draw


def _normal(std: float) -> Draw:
    def draw(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
        values = torch.randn(target.shape, generator=source) * std
        if target.is_complex():
            values = torch.complex(values, torch.randn(target.shape, generator=source) * std)
        _fill(target, values)

    return draw


def _absolute(std: float) -> Draw:
    def draw(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
        _fill(target, torch.randn(target.shape, generator=source).abs() * (std * gain))

    return draw


def _positive(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
    _fill(target, torch.rand(target.shape, generator=source) + 0.5)


def _signed(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
    values = torch.rand(target.shape, generator=source) + 0.5
    signs = torch.randint(0, 2, target.shape, generator=source) * 2 - 1
    _fill(target, values * signs)


def _scaled_positive(rms: float) -> Draw:
    scale = rms if 0.1 <= rms <= 10.0 else 1.0

    def draw(target: torch.Tensor, gain: float, source: torch.Generator) -> None:
        _fill(target, (torch.rand(target.shape, generator=source) + 0.5) * scale)

    return draw
