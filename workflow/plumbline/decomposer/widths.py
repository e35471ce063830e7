"""The widths of weights, as engineers quote them: 3x64 for a convolution or a linear, 768 for a norm."""

from __future__ import annotations

from . import optable
from .graph import Graph, Operation, Ref

CONVOLUTIONS = tuple(f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3))


def weight_sizes(graph: Graph, kernels: list[Operation]) -> str:
    """First width in, last width out, over the weights of heavy kernels; the width of a norm."""
    widths = [pair for kernel in kernels if (pair := _widths(graph, kernel))]
    matrices = [pair for pair in widths if len(pair) == 2]
    if matrices:
        return f"{matrices[0][0]}x{matrices[-1][1]}"
    return str(widths[0][0]) if widths else ""


def _widths(graph: Graph, kernel: Operation) -> tuple[int, ...]:
    if kernel.module is None:
        return _functional_widths(graph, kernel)
    arguments = dict(kernel.module.arguments)
    for first, second in (
        ("in_channels", "out_channels"), ("in_features", "out_features"), ("num_embeddings", "embedding_dim"),
        ("input_size", "hidden_size"),
    ):  # fmt: skip
        if first in arguments:
            return (arguments[first], arguments[second])
    weights = [
        graph.values[value].type.shape for name, value in kernel.module.state if name == "weight"
    ]
    return weights[0] if weights and len(weights[0]) == 1 else ()


def _functional_widths(graph: Graph, kernel: Operation) -> tuple[int, ...]:
    """The widths of F.linear(x, weight), F.conv2d(x, weight), F.embedding(index, table) with a weight of the model."""
    name = optable.base_name(kernel.target)
    weight = kernel.args[1] if len(kernel.args) > 1 else None
    if not isinstance(weight, Ref) or name not in (*optable.LOOKUP, "linear", *CONVOLUTIONS):
        return ()
    shape = graph.values[_source(graph, weight.value)].type.shape
    if graph.values[_source(graph, weight.value)].origin != "state" or len(shape) < 2:
        return ()
    first, second = graph.values[weight.value].type.shape[:2]
    return (first, second) if name in optable.LOOKUP or "transpose" in name else (second, first)


def _source(graph: Graph, value: int) -> int:
    """The value that plumbing made this one from, through all that reads one value only."""
    while (producer := graph.values[value].producer) >= 0:
        reads = list(graph.operations[producer].reads)
        if len(reads) != 1:
            break
        value = reads[0]
    return value
