"""Fixtures: a warm judge, and steps that are copied and then falsified."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the tables of cases stand beside the tests

from lies import Judge


@pytest.fixture(scope="session")
def server() -> Iterator[subprocess.Popen[str]]:
    """One judging process for all tests."""
    marker = f"PLUMBLINE_SABOTAGE={uuid.uuid4()}"
    process = subprocess.Popen(
        [sys.executable, str(HERE / "server.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PLUMBLINE_SABOTAGE": marker.split("=")[1]},
    )  # fmt: skip
    process.marker = marker  # by which everything that it starts can be found
    yield process
    process.stdin.close()
    process.wait(timeout=30)


@pytest.fixture
def judge(server: subprocess.Popen[str]) -> Judge:
    """Judge a folder; the verdict comes back as a dict."""

    def ask(folder: Path, **settings: Any) -> dict[str, Any]:
        server.stdin.write(json.dumps({"folder": str(folder), "settings": settings}) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    return ask


@pytest.fixture
def honest(tmp_path: Path) -> Callable[[str], Path]:
    """A private copy of one honest step."""

    def copy(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(HERE / "honest" / name, folder)
        return folder

    return copy
