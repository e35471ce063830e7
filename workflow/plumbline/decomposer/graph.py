"""The graph: what one forward pass did, as operations on values.

Values are in single-assignment form. A tensor that is written in place keeps its *object* (the Python tensor,
and so the variable that names it) and gets a new value for its new content:

    x = torch.zeros(3)        value 0, object 0
    y = x[1:]                 value 1, object 1
    y += 1                    value 2, object 1 (y), and value 3, object 0 (x, which shares y's memory)

so dataflow is read off the values alone, while printing and replaying work on objects, in place like the author's
code. Containers in arguments and results are plain tuples, lists and dicts with `Ref` leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Ref:
    """A use of a value inside an argument or result tree."""

    value: int


@dataclass(frozen=True)
class TensorType:
    """What is known of a tensor without its data. `stride` counts elements; `dtype` is torch's name without prefix."""

    shape: tuple[int, ...]
    dtype: str
    stride: tuple[int, ...]


@dataclass(frozen=True)
class Domain:
    """The values seen in a tensor during the run, from which inputs are drawn (section 6 of the design).

    kind: "empty", "constant", "float", "integer", "boolean", "complex", or a pattern found exactly
    ("arange", "permutation", "lower", "upper": a triangular mask of `low` with `high` elsewhere; "diagonal": the
    identity matrix, or where `share` is 0 its complement), or "listed": a short row of integers, such as lengths or
    offsets, that other sizes hang on, or "sorted": integers in ascending rows. "flags" are integers that are 0 or
    1, "definite" are positive definite matrices, "factor" their Cholesky factors (`std`: the mean of the diagonal),
    "bounded" are floats between -1 and 1, as an arc cosine takes them.
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    share: float = 0.0  # of True for booleans, of -inf for floats
    values: tuple[int, ...] = ()
    count: int = 0  # of True or 1 in a small mask; 0 where it is large
    exact: bool = (
        False  # sizes hang on it: the count, or the values where they are kept, must be these
    )


@dataclass(frozen=True)
class Value:
    type: TensorType
    object: int
    domain: Domain
    origin: str  # "input", "state", "constant" or "operation"
    name: str = ""  # where it came from: the input's path, the state's dotted name
    producer: int = -1  # the operation that made it


@dataclass(frozen=True)
class Source:
    """A line of the author's code."""

    file: str
    line: int
    text: str = ""
    targets: tuple[str, ...] = ()  # the names that the statement on this line assigns

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Scope:
    """One call of one module. `path` is its dotted name in the model, `class_name` its author's class."""

    index: int
    parent: int  # -1 for the root
    path: str
    class_name: str
    source: Source | None = None


@dataclass(frozen=True)
class ModuleCall:
    """A leaf torch.nn module: how to construct it again, and which state it owns (local name -> value)."""

    path: str
    class_name: str  # as in torch.nn, e.g. "Conv2d"
    arguments: tuple[tuple[str, Any], ...]
    state: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Operation:
    """One outermost torch function, tensor method or leaf module call.

    target: "torch.nn.functional.relu", "torch.Tensor.view", or "torch.nn.Conv2d" for a module.
    writes: pairs (old value, new value) for every tensor whose memory the operation changed.
    result: a tree; None for an operation that is called for its writes alone (`x[i] = y`).
    """

    index: int
    target: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Any
    scope: int
    source: Source
    module: ModuleCall | None = None
    writes: tuple[tuple[int, int], ...] = ()
    context: tuple[str, ...] = ()  # modes that change what it computes: "autocast(cpu, bfloat16)"

    @cached_property
    def reads(self) -> tuple[int, ...]:
        """Every value it uses, state of a module included, in argument order."""
        state = self.module.state if self.module else ()
        return (*refs((self.args, dict(self.kwargs))), *(value for _, value in state))

    @cached_property
    def makes(self) -> tuple[int, ...]:
        """Every value that exists only since this operation."""
        return tuple(dict.fromkeys([*refs(self.result), *(new for _, new in self.writes)]))


@dataclass(frozen=True)
class Specialisation:
    """A Python value that was taken out of a tensor while the model ran, and so is fixed in the graph."""

    target: str
    value: str
    source: Source
    reads: tuple[int, ...]


@dataclass
class Graph:
    """A captured forward pass. `inputs` and `outputs` are trees with Ref leaves; inputs are keyed by parameter."""

    model: str
    inputs: dict[str, Any] = field(default_factory=dict)
    positional: int = 0  # how many of the inputs were passed by position
    outputs: Any = None
    values: list[Value] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    specialisations: list[Specialisation] = field(default_factory=list)
    aliases: dict[str, str] = field(
        default_factory=dict
    )  # tied state: other name -> name used here
    parameters: set[str] = field(default_factory=set)  # state that is an nn.Parameter
    containers: dict[str, str] = field(default_factory=dict)  # path of every module -> class name
    peak_bytes: int = 0

    @cached_property
    def intermediates(self) -> frozenset[int]:
        """Operations whose results are used by another one of the same statement. Asked for when all is recorded."""
        statement = [(op.scope, op.source.file, op.source.line) for op in self.operations]
        return frozenset(
            self.values[value].producer
            for value, users in enumerate(self.users())
            for user in users
            if (producer := self.values[value].producer) >= 0
            and statement[user] == statement[producer]
        )

    @cached_property
    def needed(self) -> frozenset[int]:
        """What somebody may look at after the run: the outputs, and what it wrote into inputs and state."""
        given = {value.object for value in self.values if value.origin in ("input", "state")}
        written = {
            self.values[new].object: new
            for operation in self.operations
            for _, new in operation.writes
        }  # the last content of each
        effects = {value for number, value in written.items() if number in given}
        return frozenset({*refs(self.outputs), *effects})

    def users(self) -> list[list[int]]:
        """For every value, the operations that read it, in order."""
        users: list[list[int]] = [[] for _ in self.values]
        for operation in self.operations:
            for value in dict.fromkeys(operation.reads):
                users[value].append(operation.index)
        return users


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply `function` to every leaf; containers keep their kind."""
    match tree:
        case tuple():
            return tuple(tree_map(function, item) for item in tree)
        case list():
            return [tree_map(function, item) for item in tree]
        case dict():
            return {key: tree_map(function, item) for key, item in tree.items()}
        case slice():
            return slice(*(tree_map(function, part) for part in (tree.start, tree.stop, tree.step)))
        case _:
            return function(tree)


def leaves(tree: Any) -> Iterator[Any]:
    """Every leaf, in order."""
    match tree:
        case tuple() | list():
            for item in tree:
                yield from leaves(item)
        case dict():
            for item in tree.values():
                yield from leaves(item)
        case slice():
            yield from leaves((tree.start, tree.stop, tree.step))
        case _:
            yield tree


def refs(tree: Any) -> Iterator[int]:
    """The values used in a tree, in order, repeats included."""
    return (leaf.value for leaf in leaves(tree) if isinstance(leaf, Ref))
