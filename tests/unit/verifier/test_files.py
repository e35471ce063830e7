"""Reading the files of a step."""

from pathlib import Path

import pytest

from plumbline.verifier.files import FileError, read_weight_map


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": "b", "a": "c"}', "[" * 100_000])
def test_a_malformed_map_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weight_map.json"
    path.write_text(text)
    with pytest.raises(FileError, match=r"weight_map\.json"):
        read_weight_map(path)
