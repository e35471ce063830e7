"""The bundled models and their plans, made once for all tests of one run."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from plumbline.decomposer.modelfile import ModelFile
from plumbline.decomposer.plan import Plan, plan_file

MODELS = Path(__file__).resolve().parents[1] / "models"
NAMES = sorted(path.stem for path in MODELS.glob("*.py"))
# Planning these takes five to fifteen seconds each.
HEAVY = {"encoder_decoder", "gpt2", "llama_decoder", "vgg16", "vision_language_model", "vit_b_16"}

every = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in NAMES],
)


@cache
def plan_of(name: str) -> Plan:
    return plan_file(ModelFile.read(MODELS / f"{name}.py"))


def entries_of(name: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in plan_of(name)[1]}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, MODELS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
