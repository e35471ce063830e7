"""The inputs of trials, small and large: the same for both sides, and of large ones no copy beside the file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from plumbline.verifier import giants, inputs
from plumbline.verifier.draws import distribution, jitter
from plumbline.verifier.exchange import read_value
from plumbline.verifier.inputs import Inputs
from plumbline.verifier.seeds import seed_of

SIZES = (300, 500)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes are large."""
    monkeypatch.setattr(inputs, "LARGE", 8192)
    monkeypatch.setattr(giants, "PART", 4096)
    monkeypatch.setattr(giants, "BLOCK", 1 << 14)


def plain() -> Any:
    return [torch.rand(*SIZES), torch.randn(SIZES)]


def shifted() -> Any:
    """What torch draws is not what the model gets."""
    return {"x": torch.rand(*SIZES) * 2 - 1, "count": 3, "ids": torch.randint(0, 9, SIZES)}


def odd() -> Any:
    """Strides, a table, a tensor twice, a small one."""
    x = torch.rand(*SIZES)
    mask = torch.zeros(SIZES).masked_fill(torch.rand(SIZES) < 0.5, -torch.inf)
    return [x.t(), mask, torch.rand(400, 1).expand(400, 300), torch.rand(3), torch.empty(0, 4)]


def flat(value: Any) -> list[torch.Tensor]:
    parts = value.values() if isinstance(value, dict) else value
    return [part for part in parts if isinstance(part, torch.Tensor)]


def seen(
    source: Inputs, index: int, name: str = "x", **other: Any
) -> tuple[list[torch.Tensor], str]:
    """What a side reads of one trial, copied, and its fingerprint."""
    wanted = other.get("wanted") or source.first_choice(index)
    spec, drawn = source.write(name, index, wanted)
    read = flat(read_value(source.folder / f"{name}.in", spec))
    assert [t.stride() for t in read] == [t.stride() for t in flat(source.make())]
    tensors = [tensor.clone() for tensor in read]
    source.drop(name)
    return tensors, drawn


def same(one: list[torch.Tensor], two: list[torch.Tensor]) -> bool:
    return all(map(torch.equal, one, two))


@pytest.mark.parametrize("make", [plain, shifted, odd])
def test_large_inputs_are_the_files_own_and_the_same_for_both_sides(
    make: Callable[[], Any], tmp_path: Path, large: None
) -> None:
    one, two = (Inputs(make, folder, 7, False) for folder in (tmp_path / "a", tmp_path / "b"))
    one.folder.mkdir()
    two.folder.mkdir()
    first = [seen(one, index) for index in range(3)]
    again = {index: seen(two, index) for index in (2, 0, 1)}
    assert all(same(first[i][0], again[i][0]) and first[i][1] == again[i][1] for i in range(3))
    assert all(drawn for _, drawn in first) and len({drawn for _, drawn in first}) == 3
    torch.manual_seed(seed_of(7, "inputs"))
    assert same(first[0][0], flat(make()))


def test_a_table_stays_and_other_values_get_signs(tmp_path: Path, large: None) -> None:
    source = Inputs(odd, tmp_path, 7, False)
    (own, _), _ = seen(source, 0), seen(source, 1)
    drawn, _ = seen(source, 2, wanted=distribution(2))
    assert torch.equal(own[1], drawn[1])
    assert bool((drawn[0] < 0).any()) and not torch.equal(own[0], drawn[0])
    assert bool((drawn[2] < 0).any())


def test_a_fallback_starts_from_the_files_own_values(tmp_path: Path, large: None) -> None:
    source = Inputs(plain, tmp_path, 7, False)
    (own, _), _ = seen(source, 0), seen(source, 1)
    usual = distribution(2).fallback
    assert usual is not None and usual.redraw is jitter
    drawn, _ = seen(source, 2, wanted=usual)
    ratio = drawn[0] / own[0]
    assert float(ratio.min()) > 0.89 and float(ratio.max()) < 1.11


def test_large_random_numbers_are_drawn_in_the_file(tmp_path: Path, large: None) -> None:
    """No copy of them beside it: a tensor that torch has drawn is a part of the file."""
    source = Inputs(plain, tmp_path, 7, False)
    source.make_own()
    size = 4 * SIZES[0] * SIZES[1]
    assert (tmp_path / "giants.in").stat().st_size < 2 * size + 2 * 4096
    assert [place for place, _ in source.giants.places.values()] == [0, -(-size // 4096) * 4096]


def test_what_get_inputs_throws_away_takes_no_memory(tmp_path: Path, large: None) -> None:
    source = Inputs(lambda: [torch.rand(600, 500) + 1], tmp_path, 7, False)
    source.make_own()
    assert (tmp_path / "giants.in").stat().st_blocks * 512 < 1.5 * 600 * 500 * 4


def test_small_inputs_have_a_file_for_each_trial(tmp_path: Path) -> None:
    source = Inputs(plain, tmp_path, 7, False)
    for index in range(3):
        _, drawn = source.write(f"t{index}", index, source.first_choice(index))
        assert not drawn
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.in", "t0.in", "t1.in", "t2.in"]
    source.drop("t0")
    assert (tmp_path / "own.in").exists()
