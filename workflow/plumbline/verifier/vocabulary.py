"""The words that judged source may use. Lists of what is allowed; anything else is a violation."""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import sys
import time
import traceback
import types
import typing

import torch
import torch.nn as nn
import torch.nn.functional as F

PLUMBING = frozenset(
    """view view_as reshape reshape_as permute transpose swapaxes swapdims t flatten unflatten
    ravel squeeze unsqueeze expand expand_as broadcast_to movedim moveaxis narrow select
    contiguous clone cat concat concatenate stack hstack vstack dstack column_stack split
    split_with_sizes tensor_split hsplit vsplit dsplit chunk unbind""".split()
)
JOINS = frozenset("""cat concat concatenate stack hstack vstack dstack column_stack""".split())
PLUMBING_METHODS = PLUMBING - JOINS
TRANSPOSED = frozenset({"T", "mT"})
DTYPES = frozenset(name for name in dir(torch) if isinstance(getattr(torch, name), torch.dtype))
DTYPE_ATTRIBUTES = frozenset({"itemsize", "is_floating_point", "is_complex", "is_signed"})
MEMORY_FORMATS = frozenset(
    {"contiguous_format", "channels_last", "channels_last_3d", "preserve_format"}
)
MODULE_ATTRIBUTES = frozenset(dir(nn.Module())) - {"T_destination", "dump_patches"}
BUILTINS = frozenset(
    """range len int float bool complex str tuple list dict set slice enumerate zip min max sum
    abs round isinstance sorted reversed all any pow divmod print super repr ValueError
    RuntimeError TypeError AssertionError NotImplementedError Exception staticmethod
    Ellipsis""".split()
)

STATEFUL_TENSOR_NAMES = frozenset(
    """data grad grad_fn backward register_hook register_post_accumulate_grad_hook retain_grad
    requires_grad is_leaf retains_grad numpy tolist item storage untyped_storage
    typed_storage set_ share_memory_ apply_ map_ map2_ data_ptr pin_memory reinforce new
    storage_type is_shared output_nr name names volatile module_load has_names align_to cuda
    xpu cpu mtia ipu hpu storage_offset is_pinned is_inference const_data_ptr""".split()
)
_TORCH_EXTRA = frozenset(
    """Tensor nn functional fft linalg special dtype device Size inf pi nan e newaxis no_grad
    float32 strided finfo iinfo memory_format contiguous_format channels_last
    channels_last_3d preserve_format is_tensor _weight_norm _pack_padded_sequence
    _pad_packed_sequence FloatTensor LongTensor BoolTensor""".split()
)
_TORCH_BANNED = frozenset(
    """from_file frombuffer from_numpy asarray set_flush_denormal is_inference
    is_grad_enabled""".split()
)


_FRAMES = (
    types.FrameType, types.CodeType, types.TracebackType, types.GeneratorType,
    types.CoroutineType, types.AsyncGeneratorType, type,
)  # fmt: skip


def _public(space: object) -> set[str]:
    return {name for name in dir(space) if not name.startswith("_")}


@functools.cache
def torch_names() -> frozenset[str]:
    """Attributes of ``torch`` that compute, make or describe tensors, and nothing else."""
    functions = _public(torch._C._VariableFunctions) | set(torch.functional.__all__)
    return frozenset((functions & set(dir(torch)) | DTYPES | _TORCH_EXTRA) - _TORCH_BANNED)


@functools.cache
def functional_names() -> frozenset[str]:
    """Functions of ``torch.nn.functional``, without modules and helpers that it imports."""
    homes = ("torch.nn.functional", "torch._jit_internal", "torch._C._nn", "torch.functional", None)
    return frozenset(
        name
        for name in _public(F)
        if callable(function := getattr(F, name))
        and not inspect.isclass(function)
        and (inspect.isbuiltin(function) or getattr(function, "__module__", "") in homes)
        and not name.startswith(("has_torch_function", "handle_torch", "boolean_dispatch"))
    )


@functools.cache
def nn_names() -> frozenset[str]:
    """Classes of ``torch.nn`` that a component may build, and its three namespaces."""
    classes = {name for name in _public(nn) if inspect.isclass(getattr(nn, name))}
    return frozenset(classes - {"DataParallel", "Container"} | {"functional", "init", "utils"})


@functools.cache
def namespace_names(dotted: str) -> frozenset[str]:
    """Allowed attributes of one allowed namespace."""
    match dotted:
        case "torch":
            return torch_names()
        case "torch.nn":
            return nn_names()
        case "torch.nn.functional":
            return functional_names()
        case "torch.functional":
            return frozenset(torch.functional.__all__)
        case "torch.nn.init":
            return frozenset(name for name in _public(nn.init) if name.endswith("_"))
        case "torch.nn.utils":
            return frozenset({"rnn"})
        case "torch.nn.utils.rnn":
            return frozenset({"pad_sequence"})
        case "torch.fft" | "torch.linalg" | "torch.special":
            space = getattr(torch, dotted.rsplit(".", 1)[1])
            return frozenset(n for n in _public(space) if inspect.isbuiltin(getattr(space, n)))
        case "torch.Tensor":
            return tensor_names()
        case "math":
            return frozenset(_public(math))
        case "typing":
            return frozenset(
                """Any Optional Union List Tuple Dict Callable Sequence Iterable Final""".split()
            )
        case "torch.dtype" | "torch.device" | "torch.Size":
            return frozenset()
    return frozenset()


@functools.cache
def tensor_names() -> frozenset[str]:
    """Methods and attributes of a tensor that neither reach its history nor its memory."""
    return frozenset(_public(torch.Tensor) - STATEFUL_TENSOR_NAMES)


@functools.cache
def value_names() -> frozenset[str]:
    """What may follow a dot after any value: tensors, containers, strings, shapes, finfo."""
    containers = _public(list) | _public(dict) | _public(tuple) | {"join", "lower", "upper"}
    return tensor_names() | containers | {"eps", "tiny", "weight", "bias", "numerator"}


@functools.cache
def is_namespace(dotted: str) -> bool:
    """Whether a full dotted name is that of a Python module, which holds whatever it has imported."""
    head, *rest = dotted.split(".")
    found: object = {"torch": torch, "math": math, "typing": typing}.get(head)
    for name in rest:
        found = getattr(found, name, None)
    return inspect.ismodule(found)


@functools.cache
def outside_names() -> frozenset[str]:
    """Attributes that lead out of torch, or to files: modules that its namespaces have imported."""
    spaces = (torch, nn, F, torch.fft, torch.linalg, torch.special, torch.cuda, torch.backends, torch.testing,
              sys, time, traceback, math)  # fmt: skip
    found = {
        name
        for space in spaces
        for name in dir(space)
        if inspect.ismodule(getattr(space, name, None))
    }
    known = {"nn", "functional", "init", "fft", "linalg", "special", "cuda", "backends", "testing"}
    known |= {"math", "grad", "m", "memory", "version"}
    return frozenset(found - known | {"save", "load", "modules", "system"})


@functools.cache
def reserved_names() -> frozenset[str]:
    """What no member of a file makes legal behind a value: frames, formats, what tensors and nn.Module own."""
    frames = {name for kind in _FRAMES for name in _public(kind)} - tensor_names()
    modules = MODULE_ATTRIBUTES - {"forward"}
    return frozenset(
        frames | {"format", "format_map"} | modules | set(dir(torch.Tensor)) - tensor_names()
    )


BUILTIN_NAMES = frozenset(dir(builtins))
