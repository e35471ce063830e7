"""Digests of source and of files. Snakemake sees neither Python imports nor copies in a folder."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

WORKFLOW = Path(__file__).resolve().parents[2]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def source_digest(room: str, *scripts: str) -> str:
    """Digest of a room of the package and of the scripts that lead into it."""
    package = sorted((WORKFLOW / "plumbline" / room).rglob("*.*"))
    files = [*package, *(WORKFLOW / "scripts" / script for script in scripts)]
    return combined(
        file.read_bytes() for file in files if file.is_file() and file.suffix != ".pyc"
    )[:16]


def combined(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
