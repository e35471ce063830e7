"""What is an operation, and of which class: the verifier's own copy of the table.

Two levels are told apart. A *call* is what an author writes (``F.softmax``, ``nn.LSTM``): calls are
counted, for levels and coverage. A *node* is what the dispatcher runs (``aten::_softmax``): nodes
are conserved, with shapes, dtypes and constants.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn as nn
from torch._ops import OpOverload
from torch.nn.utils.rnn import PackedSequence
from torch.overrides import resolve_name

from .runtime import flat_tensors
from .vocabulary import PLUMBING, TRANSPOSED

LOOKED_INTO = (
    nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.MultiheadAttention, nn.Transformer,
    nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.TransformerDecoder,
    nn.TransformerDecoderLayer, nn.Identity, nn.Flatten, nn.Unflatten,
)  # fmt: skip
COMPOSITE_FUNCTIONS = frozenset({"multi_head_attention_forward"})
ARITHMETIC = frozenset(
    """add sub mul div neg rsub subtract multiply divide true_divide truediv negative rdiv
    rtruediv radd rmul iadd isub imul itruediv idiv pos positive""".split()
)
TRANSPARENT = frozenset(
    """detach data requires_grad_ alias resolve_conj resolve_neg is_contiguous cpu""".split()
)
CASTS = frozenset(
    """to type type_as float double half bfloat16 int long short bool char byte cfloat""".split()
)

PLUMBING_NODES = frozenset(
    """clone cat stack lift_fresh lift_fresh_copy _unsafe_view _reshape_alias""".split()
)
ALLOCATIONS = frozenset(
    """empty empty_like empty_strided new_empty new_empty_strided empty_permuted
    empty_quantized""".split()
)
LITERALS = frozenset({"tensor", "astensor", "asarray", "fromnumpy", "frombuffer"})  # by call_name
RESHAPED_IN_PLACE = frozenset(
    "as_strided detach squeeze swapaxes swapdims t transpose unsqueeze".split()
)
ARITHMETIC_NODES = frozenset(["add", "sub", "mul", "div", "neg", "rsub"])
COMMUTATIVE = frozenset({"add", "mul"})
_IN_PLACE = re.compile(r"[a-zA-Z0-9]_$")
resolve_name(
    torch.relu
)  # torch makes its table of names at the first call: once, and not in every worker


def is_leaf_module(module: nn.Module, inputs: Sequence[object] = ()) -> bool:
    """A standard torch.nn module is one operation, unless it is a container or a composite.

    So is an LSTM; but given a packed sequence, it also sorts its states and fills the first ones in.
    A norm that is left in training also counts its batches.
    """
    composite = isinstance(module, LOOKED_INTO) or module.training
    composite |= any(isinstance(value, PackedSequence) for value in inputs)
    return type(module).__module__.startswith("torch.nn.modules.") and not composite


def call_name(target: Any) -> str:
    """Name of a call without its spelling: ``F.relu_``, ``x.relu()`` and ``nn.ReLU`` are "relu"."""
    if isinstance(target, nn.Module):
        kind = type(target).__name__.lower().removeprefix("nondynamicallyquantizable")
        kind = re.sub(r"(?<=norm)[123]d$", "", kind)
        return MODULES.get(kind, "pad" if re.fullmatch(r"[a-z]+pad[123]d", kind) else kind)
    if isinstance(target, OpOverload):
        target = target.overloadpacket
    name: str = resolve_name(target) or getattr(target, "__name__", repr(target))
    if name.endswith(".__get__"):
        return name.split(".")[-2]
    name = name.rsplit(".", 1)[-1]
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
    elif _IN_PLACE.search(name) and name not in TRANSPARENT:
        name = name[:-1]
    name = ALIASES.get(name, name).removeprefix("linalg_")
    return name.replace("_", "").lower() if name not in KEEP else name


ALIASES = {
    "rmatmul": "matmul", "spmm": "mm", "rpow": "pow", "ipow": "pow",
    "absolute": "abs", "clip": "clamp", "maximum": "max", "minimum": "min", "greater": "gt",
    "new": "new_empty", "less": "lt", "multiply": "mul", "not_equal": "ne", "greater_equal": "ge", "less_equal": "le",
    "bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor", "bitwise_not": "invert",
    "index": "getitem", "_to_copy": "to", "_softmax": "softmax", "_log_softmax": "log_softmax",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d", "_adaptive_avg_pool3d": "adaptive_avg_pool3d",  # as dispatched
}  # fmt: skip
MODULES = {  # modules that are not named as the functions that they call
    "crossentropyloss": "crossentropy", "kldivloss": "kldiv", "bceloss": "binarycrossentropy",
    "bcewithlogitsloss": "binarycrossentropywithlogits", "upsample": "interpolate",
    "upsamplingnearest2d": "interpolate", "upsamplingbilinear2d": "interpolate",
}  # fmt: skip
KEEP = PLUMBING | ARITHMETIC | TRANSPARENT | CASTS


def call_class(name: str, args: tuple[Any, ...], tensors_in: list[torch.Tensor],
               tensors_out: list[torch.Tensor], owned: bool) -> str:  # fmt: skip
    """Class of a call that returned tensors: plumbing, arithmetic or computing."""
    if name in PLUMBING or name in TRANSPOSED or name in TRANSPARENT:
        return moved_class(name, args, tensors_in, tensors_out)
    if name in ARITHMETIC:
        return "computing" if owned or not tensors_in else "arithmetic"
    if name in CASTS and tensors_in and tensors_out:
        return "plumbing" if tensors_out[0].dtype == tensors_in[0].dtype else "cast"
    if name == "getitem":
        return "plumbing" if plain_index(args[1] if len(args) > 1 else None) else "computing"
    return "computing"


def moved_class(name: str, args: tuple[Any, ...], tensors_in: list[torch.Tensor],
                tensors_out: list[torch.Tensor]) -> str:  # fmt: skip
    """Plumbing moves data by numbers. Places in a tensor are data; other bits for the same are a cast."""
    if not name.endswith("_as") and flat_tensors(args[1:]):
        return "computing"
    if (
        name == "view"
        and tensors_in
        and tensors_out
        and tensors_in[0].dtype != tensors_out[0].dtype
    ):
        return "cast"
    return "plumbing"


def plain_index(index: Any) -> bool:
    """Integers, slices, None and ellipsis move data without computing."""
    if isinstance(index, tuple):
        return all(plain_index(part) for part in index)
    if isinstance(index, slice):
        return not any(isinstance(p, torch.Tensor) for p in (index.start, index.stop, index.step))
    return index is None or index is Ellipsis or type(index) is int


def node_name(func: Any) -> tuple[str, str]:
    """Functional name and overload of a dispatched operator: ``add_.Tensor`` is add, Tensor."""
    name = func._schema.name.split("::")[-1]
    overload = func._overloadname.removesuffix("_out").removesuffix("out") or "default"
    if func._schema.is_mutable and _IN_PLACE.search(name):
        name = name[:-1]
    if name in ARITHMETIC_NODES and overload == "Scalar":  # x * 2: gradients and vmap say so
        overload = "Tensor"
    return name, overload


def node_class(
    func: Any, name: str, overload: str, ins: list[torch.Tensor], outs: list[torch.Tensor]
) -> str:
    """Class of a node: none, view, arithmetic or computing."""
    if not outs:
        return "none"
    if name in PLUMBING_NODES or name in ALLOCATIONS or name in RESHAPED_IN_PLACE:
        return "view"
    if name == "view" and ins and ins[0].dtype != outs[0].dtype:
        return "computing"
    returns = func._schema.returns
    if returns and returns[0].alias_info is not None and not func._schema.is_mutable:
        return "view"
    if name == "_to_copy" and ins and ins[0].dtype == outs[0].dtype:
        return "view"
    if name in ARITHMETIC_NODES and "mode" not in overload:
        return "arithmetic"
    return "computing"
