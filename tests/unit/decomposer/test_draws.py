"""What is drawn for the inputs of a component, given what was seen in the author's run."""

from dataclasses import replace

import pytest
import torch

from plumbline.decomposer.bindings import tensor_type
from plumbline.decomposer.domains import observe
from plumbline.decomposer.draws import draw


def redrawn(seen: torch.Tensor) -> torch.Tensor:
    code = draw(tensor_type(seen), observe(seen))
    made: torch.Tensor = eval(code, {"torch": torch})
    assert made.dtype == seen.dtype and made.shape == seen.shape, code
    return made


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.int32])
def test_of_a_mask_as_many_are_drawn_as_were_seen(dtype: torch.dtype) -> None:
    mask = torch.zeros(6, 8, dtype=dtype)
    mask.view(-1)[::5] = 1
    assert redrawn(mask).sum() == mask.sum()


def test_where_sizes_hang_on_a_slice_its_count_matters_more_than_its_layout() -> None:
    mask = torch.nn.functional.one_hot(torch.arange(24).view(12, 2) % 5).permute(2, 1, 0)[3]
    exact = replace(observe(mask), exact=True)
    assert eval(draw(tensor_type(mask), exact), {"torch": torch}).sum() == mask.sum()


def test_two_flags_in_a_row_are_listed() -> None:
    assert torch.equal(redrawn(torch.tensor([0, 1])), torch.tensor([0, 1]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_matrices_that_have_a_factor_are_drawn_with_one(dtype: torch.dtype) -> None:
    seen = torch.cov(torch.randn(6, 20, dtype=dtype)).repeat(2, 1, 1)
    factor = torch.linalg.cholesky(redrawn(seen))
    assert torch.isfinite(torch.logdet(redrawn(seen))).all()
    again = redrawn(factor)
    assert (
        torch.equal(again, again.tril()) and again.diagonal(dim1=-2, dim2=-1).log().isfinite().all()
    )
