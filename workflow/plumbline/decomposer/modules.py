"""Leaf torch.nn modules: which they are, and how to write down their construction.

nn.Conv2d(3, 64, 3, padding=1)   ->   (("in_channels", 3), ("out_channels", 64), ("kernel_size", 3), ("padding", 1))
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

from .dataless import dataless
from .optable import COMPOSITE_MODULES

LOOKED_INTO = COMPOSITE_MODULES | {"Flatten", "Unflatten", "Identity"}

_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
)

_TRAINS = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase, nn.RReLU, nn.RNNBase)


def construction(module: nn.Module) -> tuple[tuple[str, Any], ...] | None:
    """The arguments that make an equal module, or None where `module` must be looked into instead.

    A leaf is exactly a torch.nn class, in eval mode where that matters, without hooks or parametrizations, all of
    whose arguments can be read back: the copy has the same extra_repr and the same state, shape for shape.
    """
    kind = type(module)
    if not kind.__module__.startswith("torch.nn.modules.") or kind.__name__ in LOOKED_INTO:
        return None
    if any(getattr(module, hooks, None) for hooks in _HOOKS) or "forward" in vars(module):
        return None
    if module.training and isinstance(module, _TRAINS):
        return None
    arguments = _arguments(module)
    if arguments is None or not _rebuilds(module, arguments):
        return None
    return tuple(_simplified(module, arguments).items())


def _arguments(module: nn.Module) -> dict[str, Any] | None:
    arguments: dict[str, Any] = {}
    for parameter in _parameters(type(module)):
        name = parameter.name
        if name == "dtype":
            tensor = next(
                (t for t in _state(module).values() if t.is_floating_point() or t.is_complex()),
                None,
            )
            if tensor is not None and tensor.dtype != torch.float32:
                arguments[name] = tensor.dtype
            continue
        if name == "device" or name.startswith("_"):
            continue
        if not hasattr(module, name):
            if parameter.default is inspect.Parameter.empty:
                return None
            continue
        value = getattr(module, name)
        if name == "bias" and not isinstance(value, bool):
            value = value is not None
        if isinstance(value, torch.Tensor):
            return None
        if parameter.default is inspect.Parameter.empty or value != parameter.default:
            arguments[name] = value
    return arguments


def _parameters(kind: type[nn.Module]) -> tuple[inspect.Parameter, ...]:
    """The constructor's parameters; recurrent modules hide theirs behind *args, their base class has them."""
    signature = inspect.signature(kind.__init__)
    names = [p for p in signature.parameters.values() if p.name != "self"]
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in names) and issubclass(
        kind, nn.RNNBase
    ):
        names = [
            p
            for p in inspect.signature(nn.RNNBase.__init__).parameters.values()
            if p.name not in ("self", "mode")
        ]
        if kind is nn.RNN:
            names.append(
                inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
            )
    return tuple(
        p
        for p in names
        if p.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    )


def _rebuilds(module: nn.Module, arguments: dict[str, Any]) -> bool:
    """Whether the arguments make a module that looks the same, state included. Built on the meta device."""
    try:
        with dataless():
            copy = type(module)(**arguments)
    except (TypeError, ValueError, NotImplementedError):
        return False
    return copy.extra_repr() == module.extra_repr() and _signature(copy) == _signature(module)


def _simplified(module: nn.Module, arguments: dict[str, Any]) -> dict[str, Any]:
    """Write `3` for `(3, 3)` and `768` for `(768,)`, and leave out what is the default then, as an author does."""
    simple = {
        name: value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
        for name, value in arguments.items()
    }
    defaults = {parameter.name: parameter.default for parameter in _parameters(type(module))}
    short = {
        name: value
        for name, value in simple.items()
        if type(value) is not type(defaults[name]) or value != defaults[name]
    }
    candidates = (candidate for candidate in (short, simple) if candidate != arguments)
    return next((c for c in candidates if _rebuilds(module, c)), arguments)


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _signature(module: nn.Module) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    return {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in _state(module).items()}


def own_state(module: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters and buffers of a leaf, by local name."""
    return _state(module)
