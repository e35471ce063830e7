"""Memory that a model takes without writing it is zero in a trial, and nothing else is touched."""

import torch

from plumbline.verifier.forward import PlainMemory


def garbage() -> None:
    """Leave NaN in the memory that the next tensor of this size is likely to get."""
    for _ in range(8):
        torch.full((4096,), torch.nan)


def test_taken_memory_is_zero() -> None:
    like = torch.ones(4096)
    for _ in range(20):
        garbage()
        with PlainMemory():
            taken = [torch.empty(4096), torch.empty_like(like), like.new_empty(4096)]
            taken.append(torch.empty_strided((64, 64), (1, 64)))
        assert not any(tensor.count_nonzero() for tensor in taken)


def test_what_is_written_stays() -> None:
    buffer = torch.ones(8)
    with PlainMemory():
        torch.empty(8, out=buffer)
        assert torch.equal(torch.full((8,), 2.0), buffer + 1)
        assert torch.empty(0).numel() == 0
