"""The whole way with the real decomposer and verifier, on two models that take a moment."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from workspace import ROOT, Workspace, lay_out

CONVNET = """
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.act = nn.SiLU(inplace=True)  # on what the block was given: a changed input is no output
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(self.act(x))))
        y = self.bn2(self.conv2(y))
        return self.relu(x + y)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.blocks = nn.ModuleList([Block(8) for _ in range(2)])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.pool(x).flatten(1))


def get_inputs():
    return [torch.randn(2, 3, 16, 16)]


def get_init_inputs():
    return []
"""
GATE = """
import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(16, 32)
        self.up = nn.Linear(16, 32)
        self.down = nn.Linear(32, 16)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return []
"""
WRITTEN = """
import torch
import torch.nn as nn


class Model(nn.Module):
    def forward(self, x):
        rows = torch.zeros(4, 16)
        rows.copy_(torch.relu(x))
        return rows.cumsum(0)


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return []
"""


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = lay_out(tmp_path_factory.mktemp("real"), stand_ins=False)
    workspace.model("convnet", CONVNET)
    workspace.model("gate", GATE)
    workspace.model("written", WRITTEN)
    run = workspace.run()
    assert run.code == 0, run.text
    return workspace


@pytest.fixture
def finished(first_run: Workspace, tmp_path: Path) -> Workspace:
    path = tmp_path / "copy"
    shutil.copytree(first_run.path, path, symlinks=True, ignore=shutil.ignore_patterns("tmp"))
    (path / "tmp").mkdir()
    return Workspace(path)


def table(workspace: Workspace) -> dict[str, dict[str, str]]:
    """The rows of summary.tsv, by model."""
    with (workspace.results / "summary.tsv").open(encoding="utf-8") as file:
        return {row["model"]: row for row in csv.DictReader(file, delimiter="\t")}


def test_the_table_says_it_all(first_run: Workspace) -> None:
    rows = table(first_run)
    levels = {model: row["root_level"] for model, row in rows.items()}
    assert levels == {"convnet": "model", "gate": "fusion", "written": "fusion"}
    for row in rows.values():
        assert row["status"] == row["composition"] == "PASS"
        assert float(row["max_diff"]) == 0.0 and float(row["coverage_pct"]) == 100.0
        assert row["steps_passed"] == f"{row['bit_exact']}/{row['bit_exact']}"


def test_unproven_children_are_named_everywhere(first_run: Workspace) -> None:
    """What is written over without being read (zeros) can be changed without effect."""
    rows = table(first_run)
    assert {model: row["unproven"] for model, row in rows.items()} == {
        "convnet": "0", "gate": "0", "written": "1",
    }  # fmt: skip
    page = (first_run.results / "written" / "decomposition_analysis.md").read_text("utf-8")
    found = page[page.index("- Unproven:") :].splitlines()[:2]
    assert found[0].endswith(": 1") and "`zeros` in `step_3_written_to_kernels`" in found[1]


def test_every_certificate_fits_its_schema(first_run: Workspace) -> None:
    schema = json.loads((ROOT / "schemas" / "certificate.schema.json").read_text(encoding="utf-8"))
    certificates = list(first_run.results.glob("*/certificates/*.json"))
    assert len(certificates) == len(list(first_run.results.glob("*/level_*/*.py")))
    for file in certificates:
        jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), schema)


def test_a_composition_that_was_judged_as_a_step_is_judged_once(
    first_run: Workspace, finished: Workspace
) -> None:
    """A model that is one fusion is composed of the files of its only step."""
    said = {
        model: (first_run.results / model / "logs/verify_composition.log").read_text("utf-8")
        for model in ("convnet", "gate")
    }
    assert "which has passed" in said["gate"] and "which has passed" not in said["convnet"]
    folder = finished.results / "gate" / "composition"
    step = next((finished.results / "gate" / "steps").iterdir())
    verdict = json.loads((folder / "verification_result.json").read_text("utf-8"))
    paths = ("original_file", "refactored_file")
    of_step = json.loads((step / "verification_result.json").read_text("utf-8"))
    assert [verdict.pop(name) for name in paths] != [of_step.pop(name) for name in paths]
    assert verdict == of_step
    script = [sys.executable, str(ROOT / "workflow/scripts/composition_from_step.py")]
    script += ["--step", str(step / "verification_result.json"), "--composition", str(folder)]
    for name in ("refactored.py", "children/extra.py", "weight_map.json"):
        (folder / "verification_result.json").unlink()
        subprocess.run(script, check=True)
        assert (folder / "verification_result.json").exists()
        (folder / "verification_result.json").unlink()
        file = folder / name
        text = file.read_text("utf-8") if file.exists() else None
        file.write_text(f"{text or ''}\n", encoding="utf-8")
        subprocess.run(script, check=True)
        assert not (folder / "verification_result.json").exists(), name
        file.unlink() if text is None else file.write_text(text, encoding="utf-8")
        subprocess.run(script, check=True)


def test_the_composition_test_runs_anywhere(first_run: Workspace, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(first_run.results / "convnet", moved, ignore=shutil.ignore_patterns("steps"))
    test = moved / "verification" / "composition_test.py"
    done = subprocess.run([sys.executable, str(test)], cwd="/", capture_output=True, text=True)
    assert done.returncode == 0 and "PASS" in done.stdout.split(), done.stdout + done.stderr


def test_an_edited_kernel_stops_its_branch_until_it_is_repaired(finished: Workspace) -> None:
    kernel = next((finished.results / "convnet/level_0_kernel").glob("conv*_8x8*.py"))
    text = kernel.read_text(encoding="utf-8")
    head, forward, body = text.partition("    def forward")
    kernel.write_text(head + forward + body.replace("return ", "return 1.01 * ", 1), "utf-8")
    for _ in range(2):
        run = finished.run()
        assert run.code != 0
        assert "FAIL  convnet" in run.text and kernel.name in run.text
        failed = table(finished)["convnet"]
        assert (failed["status"], failed["composition"], failed["coverage_pct"]) == (
            "FAIL",
            "-",
            "",
        )
        assert not (finished.results / "convnet/verification/PASS").exists()
    kernel.write_text(text, encoding="utf-8")
    run = finished.run()
    assert run.code == 0, run.text
    assert not {"plan", "component"} & set(run.jobs)


def test_a_second_run_has_nothing_to_do(finished: Workspace) -> None:
    run = finished.run()
    assert run.code == 0 and "Nothing to be done" in run.text


def test_a_comment_in_the_model_is_planned_again_and_no_more(finished: Workspace) -> None:
    for model in ("convnet", "gate"):
        finished.edit(f"models/{model}.py", "\nclass Model", "\n# a comment\n\n\nclass Model")
    run = finished.run()
    assert run.code == 0, run.text
    assert set(run.jobs) <= {"all", "plan", "plans"} and run.jobs["plan"] == 2
