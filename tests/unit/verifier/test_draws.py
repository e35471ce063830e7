"""Inputs of the later trials: of the file's own kind, and never outside of what indices allow."""

import torch

from plumbline.verifier.draws import distribution, is_whole, redraw_value


def drawn(tensor: torch.Tensor, fallbacks: int = 0) -> torch.Tensor:
    """The tensor of the second trial, where the original has refused so many kinds of it."""
    wanted = distribution(1)
    for _ in range(fallbacks):
        assert wanted.fallback is not None
        wanted = wanted.fallback
    assert wanted.redraw is not None
    found = redraw_value(tensor, wanted.redraw, seed=0, trial=1)
    assert isinstance(found, torch.Tensor) and found.dtype == tensor.dtype
    return found


def test_places_stay_different() -> None:
    places = torch.arange(20).view(4, 5) * 3
    assert not torch.equal(drawn(places), places)
    assert torch.equal(drawn(places).flatten().sort().values, places.flatten())


def test_indices_kept_as_floats_stay_in_their_range() -> None:
    counts = torch.tensor([0.0, 7.0, 2.0, 2.0, 5.0] * 20)
    found = drawn(counts)
    assert torch.equal(found, found.round()) and found.min() >= 0 and found.max() <= 7


def test_large_numbers_in_low_precision_are_not_indices() -> None:
    values = torch.randint(-2000, 2000, (64,)).float()
    assert is_whole(values) and not is_whole(values.bfloat16())


def test_the_last_kind_keeps_every_bound() -> None:
    values = torch.rand(50) * 26
    found = drawn(values, fallbacks=2)
    assert not torch.equal(found, values)
    assert torch.equal(found.sort().values, values.sort().values)
