"""Short words for operations and modules, and plain identifiers out of any text."""

from __future__ import annotations

import builtins
import keyword
import re

from . import optable
from .graph import Operation

SHORT = {
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "convtranspose1d": "conv_transpose",
    "convtranspose2d": "conv_transpose", "convtranspose3d": "conv_transpose", "conv_transpose1d": "conv_transpose",
    "conv_transpose2d": "conv_transpose", "conv_transpose3d": "conv_transpose", "batchnorm1d": "bn",
    "batchnorm2d": "bn", "batchnorm3d": "bn", "batch_norm": "bn", "layernorm": "layer_norm", "groupnorm": "group_norm",
    "rmsnorm": "rms_norm", "instancenorm1d": "instance_norm", "instancenorm2d": "instance_norm",
    "instancenorm3d": "instance_norm", "localresponsenorm": "local_response_norm", "maxpool1d": "maxpool",
    "maxpool2d": "maxpool", "maxpool3d": "maxpool", "max_pool1d": "maxpool", "max_pool2d": "maxpool",
    "max_pool3d": "maxpool", "avgpool1d": "avgpool", "avgpool2d": "avgpool", "avgpool3d": "avgpool",
    "avg_pool1d": "avgpool", "avg_pool2d": "avgpool", "avg_pool3d": "avgpool", "adaptiveavgpool1d": "avgpool",
    "adaptiveavgpool2d": "avgpool", "adaptiveavgpool3d": "avgpool", "adaptive_avg_pool1d": "avgpool",
    "adaptive_avg_pool2d": "avgpool", "adaptive_avg_pool3d": "avgpool", "adaptivemaxpool1d": "maxpool",
    "adaptivemaxpool2d": "maxpool", "adaptivemaxpool3d": "maxpool", "scaled_dot_product_attention": "attention",
    "leakyrelu": "leaky_relu", "logsoftmax": "log_softmax", "pixelshuffle": "pixel_shuffle", "getitem": "index",
    "setitem": "write", "to": "cast", "type": "cast", "type_as": "cast", "float": "cast", "half": "cast",
    "bfloat16": "cast", "double": "cast", "long": "cast", "int": "cast", "bool": "cast", "eq": "equal",
    "ne": "not_equal", "gt": "greater", "lt": "less", "ge": "greater_equal", "le": "less_equal", "invert": "not",
    "embeddingbag": "embedding_bag", "rsub": "sub", "radd": "add", "rmul": "mul", "rpow": "pow", "rdiv": "div",
    "rtruediv": "div",
}  # fmt: skip

_BUILTINS = frozenset(dir(builtins))

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "Module", ""})


def word(operation: Operation) -> str:
    """What an engineer calls it: "conv", "bn", "softmax", "and". As part of a name: alone it may be a keyword."""
    base = optable.base_name(operation.target)
    return identifier(SHORT.get(base, base)).strip("_")


# Spellings of one word: a capital and a small letter, then one or two capitals, or two such pairs (ReLU, DiT, NeXt).
_SPELLING = re.compile(
    r"(?!Up|In|To|No|My|On|Of|At|By|As)[A-Z][a-z]([A-Z]{1,2}(?=\d|_|$|[A-Z][a-z])|[A-Z][a-z](?=$|\d|_|[A-Z]))"
)


def snake(name: str) -> str:
    """TransformerBlock -> transformer_block, GPT2MLP -> gpt2_mlp, ReLU6 -> relu6, DiTBlock -> dit_block."""
    name = _SPELLING.sub(lambda match: match[0].capitalize(), name)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return identifier(re.sub(r"_+", "_", name).lower())


def identifier(text: str) -> str:
    """A valid Python name, not a keyword."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "value"
    if name[0].isdigit():
        name = f"_{name}" if not name.isdigit() else f"part_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def variable(text: str) -> str:
    """A name for a variable: no builtin is hidden by it."""
    name = identifier(text)
    return f"{name}_" if name in _BUILTINS else name


def class_name(name: str) -> str:
    """conv_bn_relu_3x64 -> ConvBnRelu3x64."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def sizes(shape: tuple[int, ...]) -> str:
    """A shape as part of a name, without leading ones: (1, 12, 64, 64) -> "12x64x64"."""
    rest = list(shape)
    while len(rest) > 1 and rest[0] == 1:
        rest.pop(0)
    return "x".join(map(str, rest))


def element(path: str) -> str:
    """The author's name of a list, with the places of the element in it: "stages.0.1" -> "stages_0_1"."""
    parts = path.split(".")
    first = max((i for i, part in enumerate(parts) if not part.isdigit()), default=0)
    return identifier("_".join(parts[first:]))


def unsized(name: str) -> str:
    """conv_bn_relu_3x64 -> conv_bn_relu."""
    parts = [part for part in name.split("_") if not part[:1].isdigit()]
    return identifier("_".join(parts) or name)


class Names:
    """Hands out each name once."""

    def __init__(self, taken: tuple[str, ...] = ()):
        self.taken = set(taken)

    def claim(self, *candidates: str) -> str:
        """The first candidate that is free; if none is, the last with the smallest number that frees it."""
        for candidate in candidates:
            if candidate and candidate not in self.taken:
                self.taken.add(candidate)
                return candidate
        number = 2
        while f"{candidates[-1]}_{number}" in self.taken:
            number += 1
        self.taken.add(f"{candidates[-1]}_{number}")
        return f"{candidates[-1]}_{number}"
