"""How a model is called and under which settings, the same for both sides."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
import torch.nn as nn
from torch.nn.parameter import is_lazy

from .tiles import tiled_initialisers

MOST_ITEMS, DEEPEST = 100_000, 64  # of a nested value


def prepare_runtime(threads: int) -> None:
    """Same number of threads, no fused fast path, no gradients: bits depend on all of them."""
    torch.set_num_threads(threads)
    torch.backends.mha.set_fastpath_enabled(False)
    torch.set_grad_enabled(False)


def build_model(module: types.ModuleType, *, own_values: bool = False) -> nn.Module:
    """``Model(*get_init_inputs())`` of a file, in eval mode; a dict gives keyword arguments.

    ``own_values``: with what the constructor draws, to the last value.
    """
    arguments: Any = getattr(module, "get_init_inputs", list)()
    keywords: dict[str, Any] = arguments if isinstance(arguments, dict) else {}
    with contextlib.nullcontext() if own_values else tiled_initialisers():
        model = module.Model(*([] if keywords else arguments), **keywords)
    if not isinstance(model, nn.Module):
        raise TypeError(f"Model() gives a {type(model).__name__}, which is no nn.Module")
    model.eval()
    if any(is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers())):
        with torch.no_grad():  # lazy modules take their sizes from a first call
            _called(model, module.get_inputs())
    return model


def call_model(model: nn.Module, inputs: Any) -> Any:
    """``get_inputs`` gives a list of positional inputs, or a dict of keyword inputs."""
    with data_counted():
        output = _called(model, inputs)
    check_size(output)
    return plain_value(output)


class UnknownValue(Exception):
    """A value that the output contract does not know."""


def check_size(value: Any) -> None:
    """Refuse a container that nobody could describe: too deep, too many items, or itself among them."""
    count, parts = 0, [(value, 0)]
    while parts:
        part, depth = parts.pop()
        inner = part.values() if isinstance(part, Mapping) else part
        if not isinstance(part, list | tuple | Mapping):
            continue
        count += len(part)
        if count > MOST_ITEMS or depth > DEEPEST:
            raise UnknownValue(f"a container of more than {MOST_ITEMS} items or {DEEPEST} levels")
        parts += [(item, depth + 1) for item in inner]


def _called(model: nn.Module, inputs: Any) -> Any:
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, list | tuple) else model(inputs)


@contextlib.contextmanager
def data_counted() -> Iterator[None]:
    """Writes through ``x.data`` count as writes into x; by themselves, the two keep counts of their own.

    Not where gradients are taken: there, such a write is one that the gradient must not know of.
    """
    real = torch._C.TensorBase.data

    def get(tensor: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            return real.__get__(tensor)  # type: ignore[attr-defined, no-any-return]
        return tensor.detach()

    torch.Tensor.data = property(get, real.__set__)  # type: ignore[attr-defined, assignment]
    try:
        yield
    finally:
        del torch.Tensor.data


def bound_values(module: nn.Module, args: Any, kwargs: Any) -> list[Any]:
    """Values by parameter; a call that does not fit raises TypeError as the call itself would."""
    bound = inspect.signature(module.forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return list(bound.arguments.values())


class Fields(dict[str, Any]):
    """The fields of an output object; those that are None may be left out by the other side."""


def plain_value(value: Any) -> Any:
    """Output objects of a library (a dataclass, a cache) become the dict of what they hold."""
    match value:
        case dict() if type(value) is dict:
            return {key: plain_value(item) for key, item in value.items()}
        case Mapping():
            return Fields({key: plain_value(item) for key, item in value.items()})
        case list():
            return [plain_value(item) for item in value]
        case tuple():
            return tuple(plain_value(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return Fields({name: plain_value(getattr(value, name)) for name in names})
    if isinstance(value, torch.Tensor | torch.dtype) or not hasattr(value, "__dict__"):
        return value
    public = {name: plain_value(item) for name, item in vars(value).items() if name[0] != "_"}
    return Fields({name: item for name, item in public.items() if flat_tensors(item)}) or None


def flat_tensors(value: Any) -> list[torch.Tensor]:
    """The tensors of a nested value, in order."""
    match value:
        case torch.Tensor():
            return [value]
        case list() | tuple():
            return [tensor for item in value for tensor in flat_tensors(item)]
        case dict():
            return [tensor for item in value.values() for tensor in flat_tensors(item)]
    return []


def map_tensors(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    """A nested value of the same kind with every tensor changed."""
    match value:
        case torch.Tensor():
            return change(value)
        case list():
            return [map_tensors(change, item) for item in value]
        case tuple():
            items = [map_tensors(change, item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        case dict():
            return {key: map_tensors(change, item) for key, item in value.items()}
    return value
