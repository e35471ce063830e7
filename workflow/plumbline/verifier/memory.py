"""What the original gave in one judgement, kept for another one of the same original.

The composition of all kernels has the same original as the first step, at the same seeds. Outputs
are kept as digests: they serve a refactored model that is bit-exact, and for any other the original
runs again. Whoever can write this file can forge it, as any other result: only the pipeline asks
for it, for a file that it has written itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from pathlib import Path

import torch

from .files import package_digest
from .process import Json
from .settings import Settings
from .verdict import write_json

KEPT = ("out", "changed")  # files of a trial that the refactored model's are compared with


class Forgotten(Exception):
    """The outputs differ from what is kept, so that the original is needed to say by how much."""


def circumstances(settings: Settings, original: str) -> Json:
    """All that decides what the original gives: digest of its text, seeds, settings, versions."""
    return {
        "original": original, "seed": settings.seed, "trials": settings.trials,
        "threads": settings.threads, "tolerances": {k: [*astuple(v)] for k, v in settings.tolerances.items()},
        "torch": torch.__version__, "verifier": package_digest(),
    }  # fmt: skip


def keep(path: Path, known: Json, reference: Json, folder: Path) -> None:
    """Write what the original gave."""
    trials = [trial | {"digests": digests(folder, trial)} for trial in reference["trials"]]
    write_json(path, {"circumstances": known, **reference, "trials": trials})


def recall(path: Path, known: Json) -> Json | None:
    """What the original gave in these circumstances, or None."""
    try:
        content: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if content.pop("circumstances", None) == known else None


def digests(folder: Path, trial: Json) -> dict[str, str]:
    """What one trial gave, by suffix: digests of its files, and what was never in a file."""
    found = {suffix: digest(folder, trial, suffix) for suffix in KEPT}
    return {suffix: value for suffix, value in found.items() if value}


def digest(folder: Path, trial: Json, suffix: str) -> str | None:
    """SHA-256 of one file of a trial, or what stands in its place."""
    file = folder / f"{trial['file']}.{suffix}"
    if not file.exists():
        told: dict[str, str] = trial.get("digests", {})
        return told.get(suffix)
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
