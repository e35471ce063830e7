"""Literals, drawn inputs and names: what is printed is what is meant."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from plumbline.decomposer.bindings import tensor_type
from plumbline.decomposer.domains import observe
from plumbline.decomposer.draws import draw
from plumbline.decomposer.fusions import divide
from plumbline.decomposer.graph import Domain, TensorType
from plumbline.decomposer.layouts import significant
from plumbline.decomposer.literals import NotPrintable, literal
from plumbline.decomposer.words import Names, identifier, snake, variable

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.just(torch.bfloat16)
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
)


@given(values)
def test_a_literal_evaluates_to_its_value(value: Any) -> None:
    assert eval(literal(value), {"torch": torch}) == value


def test_not_a_number_is_printed() -> None:
    assert math.isnan(eval(literal(float("nan"))))


@pytest.mark.parametrize("value", [object(), torch.zeros(2), {1, 2}, print])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(NotPrintable):
        literal(value)


@st.composite
def tensors(draw_: Any) -> torch.Tensor:
    """A tensor of some dtype and layout: permuted, sliced, expanded."""
    shape = draw_(st.lists(st.integers(1, 4), max_size=4))
    kind = draw_(
        st.sampled_from(["float32", "bfloat16", "float64", "int64", "int32", "bool", "complex64"])
    )
    tensor = (torch.randn(shape) * 5).to(getattr(torch, kind))
    if shape and draw_(st.booleans()):
        tensor = tensor.permute(draw_(st.permutations(range(len(shape)))))
    if shape and draw_(st.booleans()):
        tensor = tensor[..., ::2]
    if shape and draw_(st.booleans()):
        tensor = tensor[:1].expand(3, *tensor.shape[1:])
    return tensor


@given(tensors())
def test_drawn_inputs_have_the_type_that_was_seen(tensor: torch.Tensor) -> None:
    type_ = tensor_type(tensor)
    drawn = eval(draw(type_, observe(tensor)), {"torch": torch})
    assert tensor_type(drawn).shape == type_.shape and tensor_type(drawn).dtype == type_.dtype
    assert significant(tensor_type(drawn)) == significant(type_)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(5, 5, dtype=torch.bool).tril(),
        torch.ones(5, 5, dtype=torch.bool).triu(1),
        torch.full((5, 5), float("-inf")).triu(1),
        torch.ones(2, 5, 5).tril(),
        torch.arange(3, 9),
        torch.arange(4).repeat(2, 1),
        torch.full((3,), 7),
        torch.zeros(2, 3),
        torch.ones(4, dtype=torch.bool),
    ],
)
def test_patterns_are_drawn_exactly(tensor: torch.Tensor) -> None:
    assert torch.equal(eval(draw(tensor_type(tensor), observe(tensor)), {"torch": torch}), tensor)


def test_a_step_over_one_element_that_decides_the_memory_format_is_kept() -> None:
    """(1, C, H, W) with a short step over N is no channels-last tensor to torch: a convolution's result shows it."""
    plain = torch.empty_strided((1, 64, 8, 8), (4096, 1, 512, 64))
    short = torch.empty_strided((1, 64, 8, 8), (64, 1, 512, 64))
    conv = torch.nn.Conv2d(64, 64, 3, padding=1)
    assert conv(plain).stride() != conv(short).stride()
    for tensor in (plain, short):
        drawn = eval(draw(tensor_type(tensor), Domain("float", -1.0, 1.0)), {"torch": torch})
        assert conv(drawn).stride() == conv(tensor).stride()
    assert significant(tensor_type(plain)) != significant(tensor_type(short))


def test_the_range_of_indices_is_kept() -> None:
    ids = torch.tensor([[3, 7, 5, 4]])
    drawn = eval(draw(tensor_type(ids), observe(ids)), {"torch": torch})
    assert drawn.min() >= 3 and drawn.max() <= 7


def test_places_stay_different() -> None:
    places = torch.randperm(48).view(6, 8) + 3
    drawn = eval(draw(tensor_type(places), observe(places)), {"torch": torch})
    assert torch.equal(drawn.flatten().sort().values, torch.arange(3, 51))


def test_whole_numbers_kept_as_floats_stay_whole() -> None:
    counts = torch.tensor([[3.0, 0.0, 12.0], [5.0, 1.0, 2.0]])
    drawn = eval(draw(tensor_type(counts), observe(counts)), {"torch": torch})
    assert drawn.dtype == torch.float32 and torch.equal(drawn, drawn.round())
    assert drawn.min() >= 0 and drawn.max() <= 12


def test_a_huge_tensor_is_drawn_without_a_second_one() -> None:
    """`+ 5e-05` would take as much memory again, for a bound that hardly differs from none."""
    domain = Domain("float", 5e-5, 1.0)
    assert draw(TensorType((1 << 27,), "float32", (1,)), domain) == "torch.rand(134217728)"
    assert draw(TensorType((8,), "float32", (1,)), domain) == "torch.rand(8) + 5e-05"


def test_as_many_are_drawn_true_as_were_seen() -> None:
    mask = torch.rand(5, 7) < 0.3
    drawn = eval(draw(tensor_type(mask), observe(mask)), {"torch": torch})
    assert drawn.shape == mask.shape and drawn.sum() == mask.sum()


def test_lengths_are_drawn_as_they_were() -> None:
    lengths = torch.tensor([7, 4, 5])
    assert torch.equal(eval(draw(tensor_type(lengths), observe(lengths))), lengths)


def test_what_a_cast_makes_of_infinity_is_no_example() -> None:
    domain = observe(torch.tensor([float("-inf"), 2.0, 5.0]).to(torch.int64))
    assert (domain.low, domain.high) == (2, 5)


def test_positive_stays_positive() -> None:
    type_ = TensorType((1000,), "float32", (1,))
    assert (eval(draw(type_, Domain("float", 0.1, 3.0, 1.0, 0.5)), {"torch": torch}) > 0).all()


@given(st.text(max_size=12))
def test_identifiers_are_identifiers(text: str) -> None:
    name = identifier(text)
    assert name.isidentifier()
    assert name not in ("class", "def")


def test_words() -> None:
    assert snake("TransformerBlock") == "transformer_block"
    assert snake("GPT2MLP") == "gpt2_mlp"
    assert variable("sum") == "sum_"
    names = Names()
    assert [names.claim("a", "b") for _ in range(3)] == ["a", "b", "b_2"]


@given(st.integers(1, 12), st.integers(1, 5))
def test_a_division_covers_everything_once(count: int, largest: int) -> None:
    cuts = divide(count, lambda start, stop: 1.0, largest)
    assert [i for start, stop in cuts for i in range(start, stop)] == list(range(count))
    assert len(cuts) == -(-count // largest)
