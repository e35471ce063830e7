"""What counts as an operation: the nodes and calls of one recorded forward."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from plumbline.verifier.accounting import summary
from plumbline.verifier.modes import record_forward

ONES = torch.ones(3).numpy()


class Told(nn.Module):
    def __init__(self, forward: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.told = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.told(x)


def seen(forward: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> dict[str, int]:
    """The operations of a forward, by what they ran."""
    model = Told(forward)
    with torch.no_grad(), record_forward({}, [x], {__file__}, {}) as recording:
        recording.finish(model(x))
    operations: dict[str, int] = summary(recording)["operations"]
    return operations


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: torch.relu(x).unsqueeze_(0),
        lambda x: torch.relu(x).t_(),
        lambda x: torch.relu(x).transpose_(0, 1),
        lambda x: torch.relu(x).squeeze_(1),
        lambda x: torch.relu(x) * torch.as_tensor(ONES, dtype=torch.float64),
        lambda x: torch.relu(x) * torch.from_numpy(ONES),
    ],
)
def test_views_in_place_and_constants_are_no_operations(
    forward: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    assert list(seen(forward, torch.randn(2, 3))) == ["relu.default(float32[2, 3])"]


def test_a_cast_of_what_was_computed_is_an_operation() -> None:
    assert len(seen(lambda x: torch.relu(x).double(), torch.randn(2, 3))) == 2


def test_a_number_is_the_same_operand_under_vmap() -> None:
    x = torch.randn(2, 3)
    plain = seen(lambda x: torch.relu(x * 2), x)
    assert plain == seen(torch.vmap(lambda row: torch.relu(row * 2)), x)


def test_a_long_chain_of_views_ends_in_a_cast() -> None:
    def grown(x: torch.Tensor) -> torch.Tensor:
        out = torch.as_tensor(ONES)
        for _ in range(1500):
            out = torch.cat([out, out[:1]])
        return torch.relu(x) * out.to(torch.float64)[:3]

    assert not any("_to_copy" in operation for operation in seen(grown, torch.randn(2, 3)))
