"""Every command in README.md runs as it stands, in a copy of the repository with a small config."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
MODEL = re.search(r"`models/(\w+)\.py`.*?```python\n(.*?)```", README, re.DOTALL)
LINK = re.compile(r"\]\((?!http)([^)#]+)\)|`((?:docs|workflow|models|results)/[\w./]*)`")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository, its environment already made, and one small model named in the config."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in names:
        if not name.startswith(("tests/", "profiles")) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "profiles").symlink_to("workflow/profiles")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / "installed").touch()
    config = tmp_path / "config.yaml"
    text, count = re.subn(r"^models: .*$", "models: [softmax]", config.read_text(), flags=re.M)
    assert count == 1
    config.write_text(text)
    return tmp_path


def test_every_command_runs(copy: Path) -> None:
    assert MODEL and len(COMMANDS) == 5
    (copy / "models" / f"{MODEL[1]}.py").write_text(MODEL[2], encoding="utf-8")
    script = copy / "commands.sh"
    script.write_text("set -e\n" + "".join(COMMANDS), encoding="utf-8")
    # `source` has to find the environment that the copy borrows.
    done = subprocess.run(
        ["bash", "-x", script.name],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(copy)},
    )
    assert done.returncode == 0, done.stdout
    assert (copy / "results" / "softmax" / "verification" / "PASS").is_file()
    assert "Nothing to be done" in done.stdout  # the dry run after the run
    assert done.stdout.rstrip().splitlines()[-1:], done.stdout


def test_what_is_named_is_there() -> None:
    for link, path in LINK.findall(README):
        name = link or path
        if not name.startswith("results/") and name != "models/mlp.py":
            assert (ROOT / name).exists(), name
