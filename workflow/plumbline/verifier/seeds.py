"""Random sources by purpose: adding a tensor or a trial does not shift the values of the others."""

from __future__ import annotations

import hashlib

import torch


def seed_of(seed: int, *purpose: object) -> int:
    """A 63-bit seed from the run's seed and a purpose such as ("input", trial, index)."""
    text = "\0".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: object) -> torch.Generator:
    """A generator for one purpose."""
    return torch.Generator().manual_seed(seed_of(seed, *purpose))
