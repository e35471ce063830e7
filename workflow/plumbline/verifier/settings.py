"""What one verification is asked to do: paths, seeds, limits and tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Tolerance:
    """Values agree within ``atol * min(1, rms(expected)) + rtol * |expected|``."""

    rtol: float
    atol: float

    def looser_than(self, other: Tolerance) -> bool:
        """True when this tolerance accepts something that the other one does not."""
        return self.rtol > other.rtol or self.atol > other.atol


EXACT = Tolerance(0.0, 0.0)
DEFAULT_TOLERANCES: Mapping[str, Tolerance] = {
    "float64": Tolerance(1e-7, 1e-8),
    "complex128": Tolerance(1e-7, 1e-8),
    "float32": Tolerance(1e-4, 1e-5),
    "complex64": Tolerance(1e-4, 1e-5),
    "bfloat16": Tolerance(1e-2, 1e-3),
    "float16": Tolerance(1e-2, 1e-3),
    "complex32": Tolerance(1e-2, 1e-3),
}
GAINS = (1.0, 1.41, 2.0)  # of freshly drawn weights; the first that gives a signal counts
POWER = 100.0  # two inputs must move the output by this many tolerances, or the trial proves little


@dataclass(frozen=True)
class Settings:
    """One step to judge. ``trials`` counts forward passes of each side."""

    original: Path
    refactored: Path
    composition: bool = False
    seed: int = 0
    trials: int = 3
    threads: int = 1
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    time_limit: float = 600.0
    mem_mb: int | None = None
    remember: Path | None = None
    recall: Path | None = None
    keep_large: bool = False  # keep large outputs whole: they differ, and somebody asks by how much

    def tolerance(self, dtype: str) -> Tolerance:
        """The tolerance of one dtype; integers and booleans are compared exactly."""
        return self.tolerances.get(dtype) or DEFAULT_TOLERANCES.get(dtype, EXACT)

    def loosened(self) -> list[str]:
        """Names of the dtypes for which the caller asked for more tolerance than the default."""
        return sorted(
            dtype
            for dtype, asked in self.tolerances.items()
            if asked.looser_than(DEFAULT_TOLERANCES.get(dtype, EXACT))
        )
