"""The same model gives the same plan and the same files, whatever the order of Python's sets."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "workflow" / "scripts"


def written(hash_seed: int, folder: Path) -> dict[str, bytes]:
    """The plan of a bundled model, and every file that is emitted for it, by name."""
    model, plan = str(ROOT / "models" / "mamba_block.py"), str(folder / "plan")
    program = f"""
import json, sys
from pathlib import Path
sys.path.insert(0, {str(SCRIPTS)!r})
import plan_model, seal_plan
from plumbline.pipeline.plans import plan_of
assert plan_model.main(["--model", {model!r}, "--output", {plan!r}]) == 0
plan = plan_of(json.loads(Path({plan!r}, "index.json").read_text()))
seal_plan.seal(plan, Path({plan!r}), Path({model!r}), Path({str(folder)!r}, "files"))
"""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_files_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    one, other = written(1, tmp_path / "one"), written(2, tmp_path / "other")
    assert len(one) > 20
    assert one == other
