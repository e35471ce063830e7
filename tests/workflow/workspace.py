"""A workspace: a copy of the workflow, with stand-ins or with the real scripts, to run and edit."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
JOB = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):$", re.MULTILINE)

TOY = """\
toy (model): stem block head
stem (layer): conv_relu pool
block (layer): conv_relu attention norm
head (layer): norm linear
conv_relu (fusion): conv relu
attention (fusion): matmul softmax
conv (kernel):
relu (kernel):
pool (kernel):
norm (kernel):
linear (kernel):
matmul (kernel):
softmax (kernel):
"""
PAIR = """\
pair (fusion): first second
first (kernel):
second (kernel):
"""


@dataclass(frozen=True)
class Run:
    """One call of snakemake: its exit code, what it printed, and the jobs that it ran, by rule."""

    code: int
    text: str
    jobs: Counter[str]


@dataclass(frozen=True)
class Workspace:
    """A folder with Snakefile, workflow and models of its own."""

    path: Path

    @property
    def results(self) -> Path:
        return self.path / "results"

    def model(self, name: str, text: str) -> Path:
        file = self.path / "models" / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        return file

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.path / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str, config: str = "models=['*']") -> Run:
        logs = self.path / ".snakemake" / "log"
        before = set(logs.glob("*")) if logs.is_dir() else set()
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        done = subprocess.run(
            [*command, "--config", *config.split()],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(self.path / "tmp")},
        )
        new = sorted(set(logs.glob("*")) - before) if logs.is_dir() else []
        jobs = Counter(JOB.findall(new[-1].read_text(encoding="utf-8"))) if new else Counter[str]()
        return Run(done.returncode, done.stdout, jobs)


def lay_out(path: Path, stand_ins: bool) -> Workspace:
    """Copy the workflow; the stand-ins replace the scripts and, with them, both rooms."""
    for name in ("Snakefile", "config.yaml", "environment.yml"):
        shutil.copy(ROOT / name, path / name)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "schemas", path / "schemas")
    shutil.copytree(ROOT / "workflow", path / "workflow", ignore=ignore)
    if stand_ins:
        for room in ("decomposer", "verifier"):
            shutil.rmtree(path / "workflow" / "plumbline" / room)
        for file in STAND_INS.glob("*.py"):
            shutil.copy(file, path / "workflow" / "scripts" / file.name)
    (path / "profiles").symlink_to("workflow/profiles")
    (path / "models").mkdir()
    (path / "tmp").mkdir()
    return Workspace(path)
