"""The tensors that a model keeps: their names, fresh values by role, and their way to the copy.

The original's state is drawn once, into one shared file. The refactored model maps that file; no
value is drawn twice and no weight is copied.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn

from .exchange import SharedFile, copy_span, lay_out
from .limits import give_back_memory
from .roles import Role, draw, role_of
from .runtime import flat_tensors
from .seeds import generator
from .values import Spec, describe_tensor

TRIMMED = 64 << 20  # bytes of freed weights that are given back at once


def named_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters, buffers (duplicates kept), then tensors in plain attributes, by dotted name."""
    found: dict[str, torch.Tensor] = {}
    found.update(model.named_parameters(remove_duplicate=False))
    found.update(model.named_buffers(remove_duplicate=False))
    registered = {id(tensor) for tensor in found.values()}
    known = {id(module) for module in model.modules()}
    for prefix, module in model.named_modules(remove_duplicate=False):
        for name, value in vars(module).items():
            if name not in ("_parameters", "_buffers", "_modules"):
                dotted = f"{prefix}.{name}" if prefix else name
                for inner, tensor in _tensors(dotted, value, known):
                    if id(tensor) not in registered:
                        found[inner] = tensor
    return found


def _tensors(name: str, value: Any, known: set[int]) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors in containers, and in modules that stand in plain lists and dicts."""
    match value:
        case torch.Tensor():
            yield name, value
        case nn.Module() if id(value) not in known:
            for inner, tensor in named_state(value).items():
                yield f"{name}.{inner}", tensor
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _tensors(f"{name}.{index}", item, known)
        case dict():
            for key, item in value.items():
                yield from _tensors(f"{name}.{key}", item, known)


def standing(model: nn.Module, name: str, tensor: torch.Tensor) -> str:
    """Whether a tensor of the state is a parameter, a buffer, or a plain attribute."""
    if isinstance(tensor, nn.Parameter):
        return "parameter"
    owner, _, last = name.rpartition(".")
    try:
        return "buffer" if last in model.get_submodule(owner)._buffers else "attribute"
    except AttributeError:
        return "attribute"  # inside a list or a dict


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


class Attributes:
    """What modules keep besides the values of their tensors, to be put back before every forward.

    A forward may replace a tensor (``self.hidden = tanh(...)``), count, or fill a cache.
    """

    def __init__(self, model: nn.Module) -> None:
        self.kept = [(vars(module), copied(vars(module))) for module in model.modules()]

    def restore(self) -> None:
        """Every attribute, entry and tensor as it was at first."""
        for own, kept in self.kept:
            for name in set(own) - set(kept):
                del own[name]
            for name, value in copied(kept).items():
                held = own.get(name)
                if isinstance(held, dict) and type(held) in (dict, OrderedDict):
                    held.clear()
                    held.update(value)
                else:
                    own[name] = value


def copied(value: Any) -> Any:
    """A copy of plain containers, with everything else in them shared."""
    if type(value) is list:
        return [copied(item) for item in value]
    if type(value) in (dict, OrderedDict):
        return type(value)((key, copied(item)) for key, item in value.items())
    return value


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
        written = {groups.get(name, name): self.state[name].detach() for name, version in self.kept.items()
                   if self.state[name]._version != version}  # fmt: skip
        return found | ({"state": dict(sorted(written.items()))} if written else {})


class FreshState:
    """The original's state in a shared file, drawn anew for each gain."""

    def __init__(self, model: nn.Module, path: Path, seed: int) -> None:
        self.seed, self.path = seed, path
        self.state = named_state(model)
        self.groups = tie_groups(self.state)
        self.layout: dict[str, Spec] = {
            name: describe_tensor(tensor) | {"standing": standing(model, name, tensor)}
            for name, tensor in self.state.items()
        }
        firsts = [self.layout[name] for name in dict.fromkeys(self.groups.values())]
        size = lay_out(firsts)
        for name, first in self.groups.items():
            self.layout[name]["place"] = self.layout[first]["place"]
        self.file = SharedFile(path, size, create=True)
        self.draws = self._prepare(model)
        self.attributes = Attributes(model)
        self.versions: dict[str, int] = {}

    def _prepare(self, model: nn.Module) -> dict[str, Role]:
        """Choose how each tensor is drawn, and write the constructor's values of all others.

        What the file holds, or will hold, leaves the model at once: no weight is there twice.
        """
        draws: dict[str, Role] = {}
        owners = _owners(model)
        names_of: dict[str, list[str]] = {}
        for name, first in self.groups.items():
            names_of.setdefault(first, []).append(name)
        freed = 0
        for first, names in names_of.items():
            tensor = self.state[first].detach()
            own = [owners[name] for name in names if name in owners]
            role = role_of(tensor, names[0], own, isinstance(self.state[first], nn.Parameter))
            if role is not None:
                draws[first], held = role, tensor.new_empty(0)
            else:
                held = self.file.reserve(self.layout[first])
                if tensor.numel():
                    copy_span(held, tensor)
            for name in names:
                self.state[name].data = held
            freed += tensor.nbytes
            del tensor
            if freed > TRIMMED:
                freed = 0
                give_back_memory()
        return draws

    def draw(self, gain: float) -> None:
        """Draw every drawable tensor into the file; the same seed gives the same values."""
        for name, role in self.draws.items():
            target = self.file.reserve(self.layout[name])
            if target.numel():
                draw(role, target, gain, generator(self.seed, "state", name))
        self.file.unmap_pages()

    def restore(self, values: Mapping[str, torch.Tensor]) -> None:
        """Put the constructor's values back, where no gain gave a usable signal."""
        for name in self.draws:
            if values[name].numel():
                copy_span(self.file.reserve(self.layout[name]), values[name])

    def assign(self) -> None:
        """Put back what a forward replaced, and point all state at fresh copies of the file."""
        self.attributes.restore()
        assign(self.state, {name: name for name in self.state}, self.layout, self.path, self.groups)


def assign(
    state: Mapping[str, torch.Tensor],
    mapping: Mapping[str, str],
    layout: Mapping[str, Spec],
    path: Path,
    groups: Mapping[str, str],
) -> None:
    """Give each named tensor the mapped memory of its original; tied names share one view.

    Names that are tied in the original alone share the memory, but each has a view of its own: it is
    seen which of them is read.
    """
    file = SharedFile(path)
    views: dict[tuple[int, str], torch.Tensor] = {}
    for name, tensor in state.items():
        if name not in mapping:
            continue
        spec = layout[mapping[name]]
        key = (spec["place"] if math.prod(spec["shape"]) else -id(tensor), groups[name])
        view = views.setdefault(key, file.tensor(spec))
        tensor.data = view if list(view.shape) == spec["shape"] else file.tensor(spec)


def _owners(model: nn.Module) -> dict[str, nn.Module]:
    return {
        f"{prefix}.{name}" if prefix else name: module
        for prefix, module in model.named_modules(remove_duplicate=False)
        for name in [*module._parameters.keys(), *module._buffers.keys()]
    }
