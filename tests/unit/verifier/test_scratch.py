"""Where the files of a judgement lie, and that none stays."""

from pathlib import Path

import pytest
import torch

from plumbline.verifier import scratch
from plumbline.verifier.exchange import read_value, write_value


def test_what_is_large_lies_on_the_disk_and_is_found_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    memory.mkdir()
    disk.mkdir()
    monkeypatch.setattr(scratch, "roomy_folder", lambda: memory)
    monkeypatch.setattr(scratch.tempfile, "gettempdir", lambda: str(disk))
    monkeypatch.setattr(scratch, "LARGE", 4096)
    with scratch.scratch_folder() as folder:
        values = {"small": torch.randn(10), "large": torch.randn(2000)}
        for name, value in values.items():
            spec = write_value(folder / name, value)
            assert torch.equal(read_value(folder / name, spec), value)
        assert (folder / "large").is_symlink() and not (folder / "small").is_symlink()
        real = (folder / "large").resolve()
        assert disk in real.parents and real.stat().st_size == 8000
        scratch.remove(folder / "large")
        assert not real.exists() and not (folder / "large").is_symlink()
        (tmp_path / "other").touch()
        (folder / "link").symlink_to(tmp_path / "other")
        scratch.remove(folder / "link")
        assert (tmp_path / "other").exists() and not (folder / "link").is_symlink()
    assert not list(memory.iterdir()) and not list(disk.iterdir())
