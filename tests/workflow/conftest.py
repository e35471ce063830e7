"""Workspaces for the tests of the workflow."""

import shutil
from pathlib import Path

import pytest
from workspace import PAIR, TOY, Workspace, lay_out


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The workflow with stand-ins for decomposer and verifier, and two toy models."""
    workspace = lay_out(tmp_path, stand_ins=True)
    workspace.model("toy", TOY)
    workspace.model("pair", PAIR)
    return workspace


@pytest.fixture(scope="session")
def _first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = lay_out(tmp_path_factory.mktemp("finished"), stand_ins=True)
    workspace.model("toy", TOY)
    workspace.model("pair", PAIR)
    run = workspace.run()
    assert run.code == 0, run.text
    return workspace.path


@pytest.fixture
def finished(_first_run: Path, tmp_path: Path) -> Workspace:
    """A copy of that workspace after a first run in which everything has passed."""
    path = tmp_path / "copy"
    shutil.copytree(_first_run, path, symlinks=True, ignore=shutil.ignore_patterns("tmp"))
    (path / "tmp").mkdir()
    return Workspace(path)
