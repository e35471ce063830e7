"""Are two models equal? In float64, on redrawn state and inputs; knows nothing of the gate."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch.utils._pytree import tree_flatten, tree_map

SAME = 1e-7  # relative to the largest output: float64 on equal formulas is far below


def load(path: Path) -> ModuleType:
    """Run a file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def redrawn(model: torch.nn.Module) -> None:
    """Every float parameter and running statistic gets new values."""
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and (name.rsplit(".", 1)[-1] != "mask"):
            values = torch.randn(tensor.shape, dtype=torch.float64)
            if "var" in name or (tensor.dim() <= 1 and bool((tensor >= 0).all())):
                values = values.abs() * 0.5 + 0.5
            elif tensor.dim() > 1:
                values = values / max(1, tensor[0].numel()) ** 0.5
            tensor.copy_(values.to(tensor.dtype))


def changed(value: Any) -> Any:
    """Floats are drawn anew; integers, booleans and all others stay."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        return value
    if torch.isinf(value).any() or len(torch.unique(value.flatten()[:4096])) <= 2:
        return value.clone()
    return value + 0.3 * torch.randn(value.shape, dtype=value.dtype)


def outputs(
    module: ModuleType, name: str, state: Any, inputs: Any, dtype: torch.dtype
) -> list[Any]:
    """Leaves of the output of a file's model under this state."""
    model = getattr(module, name)(*getattr(module, "get_init_inputs", list)()).eval()
    model.load_state_dict(state(model))
    model.to(dtype)

    def typed(value: Any) -> Any:
        floating = isinstance(value, torch.Tensor) and value.is_floating_point()
        return value.clone().to(dtype) if floating else value

    torch.manual_seed(3)
    given = tree_map(typed, inputs)
    with torch.no_grad():
        result = model(**given) if isinstance(given, dict) else model(*given)
    return list(tree_flatten(result)[0])


def differs(step: Path, dtype: torch.dtype = torch.float64, same: float = SAME) -> bool:
    """Whether original.py and refactored.py of a step compute different things."""
    sys.dont_write_bytecode = True
    torch.backends.mha.set_fastpath_enabled(False)
    original, refactored = load(step / "original.py"), load(step / "refactored.py")
    weight_map = json.loads((step / "weight_map.json").read_text())
    for trial in range(2):
        torch.manual_seed(trial)
        model = original.Model(*getattr(original, "get_init_inputs", list)()).eval()
        redrawn(model)
        state = dict(model.state_dict())
        inputs = tree_map(changed, original.get_inputs())
        one = outputs(original, "Model", lambda _, s=state: s, inputs, dtype)
        two = outputs(
            refactored, "RefactoredModel",
            lambda m, s=state: {n: s.get(weight_map.get(n), t) for n, t in m.state_dict().items()},
            inputs, dtype,
        )  # fmt: skip
        if any(_unequal(a, b, same) for a, b in zip(one, two, strict=True)):
            return True
    return False


def _unequal(one: Any, two: Any, same: float) -> bool:
    if not isinstance(one, torch.Tensor):
        return bool(one != two)
    if one.shape != two.shape or one.dtype != two.dtype:
        return True
    one, two = one.nan_to_num(1e9), two.nan_to_num(1e9)
    if not one.is_floating_point():
        return not torch.equal(one, two)
    return bool((one - two).abs().max() > same * max(1e-12, float(one.abs().max())))
