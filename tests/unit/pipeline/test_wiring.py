"""What jobs ask for, of a machine and of a cluster."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from plumbline.pipeline.plans import Component, Plan
from plumbline.pipeline.wiring import NODE_MB, Wiring

ROOT = Component(
    name="root",
    level="model",
    path="level_3_model/root.py",
    step="step_1_model_to_layers",
    children=(),
    births=(),
    instances=1,
    mem_mb=300,
    kept_mb=500,
    passed_mb=50,
)


@pytest.mark.parametrize(
    ("is_local", "memory_mb", "asked"),
    [(True, 9000, 700), (False, 9000, 1400 + NODE_MB), (False, 1000, 1000)],
)
def test_memory_of_a_judgement(is_local: bool, memory_mb: int, asked: int) -> None:
    """500 MB that are kept, and four times 50 MB between the two sides; on a cluster with room to spare."""
    plan = Plan("toy", None, "root", "model", {"root": ROOT}, {})
    wiring = Wiring(
        Path("results"), {}, memory_mb, 3, 600.0, lambda: is_local, lambda: {"toy": plan}
    )
    wildcards = SimpleNamespace(model="toy", step=ROOT.step)
    assert wiring.verify_mb(wildcards) == asked
    assert wiring.composition_mb(wildcards) == asked


@pytest.mark.parametrize(("mem_mb", "seconds"), [(300, 600.0), (12_000, 1800.0)])
def test_who_moves_much_memory_is_given_more_time(mem_mb: int, seconds: float) -> None:
    plan = Plan("toy", None, "root", "model", {"root": replace(ROOT, mem_mb=mem_mb)}, {})
    wiring = Wiring(Path("results"), {}, 24_000, 3, 600.0, lambda: True, lambda: {"toy": plan})
    assert wiring.selftest_limit(SimpleNamespace(model="toy", component="root")) == seconds
