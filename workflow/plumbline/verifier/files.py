"""Read every file of a step once. What is read here is what is checked, hashed and run."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 2 << 20  # a source file above this is not a source file
CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class FileError(Exception):
    """A file of the step is missing or is not what it must be; the message says which and why."""


@dataclass(frozen=True)
class Source:
    """One Python file as it was read: its text is what runs, whatever happens to the file later."""

    path: Path
    text: str
    sha256: str

    @property
    def name(self) -> str:
        """File name, as it is printed in verdicts."""
        return self.path.name


def read_bytes(path: Path, allow_link: bool = False) -> bytes:
    """Bytes of a regular file; a folder, a link or a missing file is a FileError."""
    if path.is_symlink() and not allow_link:
        raise FileError(f"{path}: is a symbolic link; expected a regular file inside the step")
    if not path.exists():
        raise FileError(f"{path}: no such file")
    if not path.is_file():
        raise FileError(f"{path}: is not a regular file")
    if path.stat().st_size > MAX_BYTES:
        raise FileError(f"{path}: larger than {MAX_BYTES} bytes")
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error


def read_source(path: Path, allow_link: bool = False) -> Source:
    """A Python source, utf-8 only: another declared encoding would make readers see other code."""
    data = read_bytes(path, allow_link)
    if b"\0" in data:
        raise FileError(f"{path}: contains a null byte")
    for line in data.splitlines()[:2]:
        declared = CODING.match(line)
        if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
            raise FileError(f"{path}: declares encoding {declared[1].decode()!r}; expected utf-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not utf-8 (byte {error.start})") from error
    return Source(path, text.removeprefix("\ufeff"), hashlib.sha256(data).hexdigest())


def read_weight_map(path: Path) -> dict[str, str] | None:
    """The flat map from refactored to original state names, or None when there is no file."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        content = json.loads(read_bytes(path).decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: is not valid JSON ({error})") from error
    if not isinstance(content, dict):
        raise FileError(f"{path}: expected an object of names, found {type(content).__name__}")
    for name, target in content.items():
        if not isinstance(target, str):
            raise FileError(f"{path}: {name!r} maps to {target!r}; expected the name of a tensor")
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


def package_digest() -> str:
    """Digest of the verifier that judged: every source file of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
