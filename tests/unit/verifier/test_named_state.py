"""The state of a model, wherever it keeps it."""

from __future__ import annotations

import torch
from torch import nn

from plumbline.verifier.state import named_state


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.blocks = [nn.Linear(2, 2), {"inner": nn.Linear(2, 2, bias=False)}]
        self.table = torch.zeros(3)


def test_modules_in_plain_lists_and_dicts_are_found() -> None:
    assert list(named_state(Hidden())) == [
        "first.weight",
        "first.bias",
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.inner.weight",
        "table",
    ]
