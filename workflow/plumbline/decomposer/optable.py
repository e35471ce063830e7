"""What is what: the table of section 5, decided once for the decomposer (the verifier has a copy of its own).

Names are base names: `torch.Tensor.add_`, `torch.add` and `torch.Tensor.__radd__` are all "add".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch

PLUMBING = frozenset(
    """view reshape permute transpose swapaxes swapdims t T mT flatten unflatten ravel squeeze unsqueeze expand
    movedim moveaxis narrow select contiguous clone cat concat concatenate stack hstack vstack dstack
    column_stack split split_with_sizes tensor_split chunk unbind broadcast_to view_as reshape_as
    expand_as hsplit vsplit dsplit""".split()
)

ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "neg": "-", "rsub": "-", "subtract": "-", "multiply": "*",
    "divide": "/", "true_divide": "/", "truediv": "/", "negative": "-", "rdiv": "/", "rtruediv": "/",
    "radd": "+", "rmul": "*", "iadd": "+", "isub": "-", "imul": "*", "itruediv": "/", "idiv": "/",
}  # fmt: skip

MAKING = frozenset(
    """zeros ones full empty arange range linspace logspace eye tensor as_tensor scalar_tensor empty_strided rand
    randn randint randperm normal zeros_like ones_like full_like empty_like rand_like randn_like randint_like
    new_zeros new_ones new_full new_empty new_tensor tril_indices triu_indices hann_window hamming_window
    bartlett_window blackman_window kaiser_window""".split()
)

SIZED_BY_DATA = frozenset(
    """nonzero argwhere where masked_select unique unique_consecutive repeat_interleave bincount
    _pack_padded_sequence _pad_packed_sequence""".split()
)

UNSET = frozenset({"empty", "empty_like", "new_empty", "empty_strided"})  # memory as it was

RANDOM = frozenset(
    """rand randn randint randperm normal bernoulli multinomial poisson rand_like randn_like randint_like uniform
    exponential dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout rrelu gumbel_softmax
    geometric log_normal cauchy random""".split()
)

HEAVY = frozenset(
    """linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d matmul bmm mm mv dot addmm
    addbmm baddbmm addmv einsum tensordot bilinear chain_matmul multi_dot inner outer
    scaled_dot_product_attention lstm gru rnn lstmcell grucell rnncell rnn_tanh rnn_relu grouped_mm cdist
    convtranspose1d convtranspose2d convtranspose3d conv_tbc scaled_grouped_mm""".split()
)

BOUNDED = frozenset(  # not a number outside of -1 to 1
    """acos arccos asin arcsin atanh arctanh erfinv""".split()
)

LOOKUP = frozenset({"embedding", "embedding_bag", "embeddingbag"})
INDEXING = frozenset({"getitem", "gather", "index_select", "take", "take_along_dim"})

NORM = frozenset(
    """layer_norm layernorm batch_norm batchnorm1d batchnorm2d batchnorm3d group_norm groupnorm instance_norm
    instancenorm1d instancenorm2d instancenorm3d rms_norm rmsnorm local_response_norm localresponsenorm
    normalize""".split()
)

WINDOW = frozenset(
    """max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d
    adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d lp_pool1d lp_pool2d
    maxpool1d maxpool2d maxpool3d avgpool1d avgpool2d avgpool3d adaptiveavgpool1d adaptiveavgpool2d
    adaptiveavgpool3d adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d interpolate upsample unfold fold
    pixel_shuffle pixelshuffle pixel_unshuffle pixelunshuffle max_pool2d_with_indices grid_sample
    boolean_dispatch""".split()
)

# Python values made from a tensor's data: what they decide is fixed in the graph.
READS_DATA = frozenset(
    """item tolist numpy __bool__ __int__ __float__ __index__ __complex__ equal allclose is_nonzero
    __array__""".split()
)

# The same tensor in another shape: recorded as the new tensor that their plain forms make.
RESHAPES_IN_PLACE = frozenset(
    {"squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "swapdims_"}
)

# A new tensor object, the same content in the same memory: followed through, never recorded.
TRANSPARENT = frozenset(
    {
        "detach",
        "data.__get__",
        "detach_",
        "requires_grad_",
        "alias",
        "resolve_conj",
        "resolve_neg",
        "aten::lift_fresh",
    }
)

# Not public, yet what torch's own modules are made of.
INNER = frozenset({"_weight_norm", "_pack_padded_sequence", "_pad_packed_sequence"})

# Run as they are: the operations that they need are recorded one by one.
GRADIENTS = frozenset(
    {
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
        "torch.autograd.functional.jacobian",
    }
)

COMPOSITE_FUNCTIONS = frozenset({"torch.nn.functional.multi_head_attention_forward"})

COMPOSITE_MODULES = frozenset(
    """Sequential ModuleList ModuleDict MultiheadAttention Transformer TransformerEncoder TransformerEncoderLayer
    TransformerDecoder TransformerDecoderLayer Module""".split()
)


def is_private(target: str) -> bool:
    """Whether a function is none that a file of somebody else may rely on."""
    name = target.rsplit(".", 1)[-1]
    return name.startswith("_") and not name.endswith("__") and name not in INNER


def is_bit_cast(target: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a view reads the same bytes as another dtype: `x.view(torch.int32)` computes, as a cast does."""
    given = (*args, *kwargs.values())
    return base_name(target) == "view" and any(isinstance(value, torch.dtype) for value in given)


def is_moved_only(target: str) -> bool:
    """Whether an operation rearranges data whatever the modes around it are."""
    name = base_name(target)
    return name in PLUMBING or name in MAKING or name == "getitem"


_IN_PLACE = re.compile(r"[a-z0-9]_$")


def base_name(target: str) -> str:
    """The operation's name without namespace, operator underscores and in-place mark.

    >>> base_name("torch.Tensor.__rsub__"), base_name("torch.Tensor.add_"), base_name("torch.nn.Conv2d")
    ('rsub', 'add', 'conv2d')
    """
    if target.endswith(".__get__"):
        return target.split(".")[-2]
    name = target.rsplit(".", 1)[-1]
    if name.startswith("__") and name.endswith("__"):
        return name.strip("_")
    if _IN_PLACE.search(name):
        name = name[:-1]
    return name.lower() if target.startswith("torch.nn.") and name[:1].isupper() else name
