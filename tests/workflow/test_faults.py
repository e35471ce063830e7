"""Full disks, read-only folders, two runs at once, interruptions, kills, and too little memory."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspace import PAIR, TOY, Workspace, lay_out

HOLD = """
    import time

    while Path("hold").exists():
        time.sleep(0.1)
"""
HOG = """
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(8, 8)
        self.two = nn.Linear(8, 8)

    def forward(self, x):
        hidden = b"x" * (1200 << 20)
        return self.two(torch.relu(self.one(x)))


def get_inputs():
    return [torch.randn(2, 8)]


def get_init_inputs():
    return []
"""


def heed_ctrl_c() -> None:
    """A background job of a shell ignores the signal, and hands that on to what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(workspace: Workspace) -> subprocess.Popen[str]:
    """A run as in a terminal of its own: Ctrl-C reaches everything in it."""
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--config", "models=['*']"],
        cwd=workspace.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
        env={**os.environ, "TMPDIR": str(workspace.path / "tmp")},
    )


def processes(workspace: Workspace) -> dict[int, str]:
    """Everything that works in this workspace, or for it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(folder / "cwd")
        except OSError:
            continue
        if str(workspace.path) in (line + where) and int(folder.name) != os.getpid():
            found[int(folder.name)] = line
    return found


def nothing_left(workspace: Workspace, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while processes(workspace) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes(workspace)


def contents(workspace: Workspace) -> dict[str, str]:
    """Digests of what the jobs made; logs and the table hold times."""
    suffixes = (".py", ".json", ".md", "")
    files = (f for f in workspace.results.rglob("*") if f.is_file() and f.suffix in suffixes)
    return {
        str(file.relative_to(workspace.results)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.name != ".lock"
    }


@pytest.fixture
def holding(workspace: Workspace) -> Workspace:
    """The judge waits as long as there is a file named hold."""
    arguments = '"output", "coverage")\n'
    workspace.edit("workflow/scripts/verify_step.py", arguments, arguments + HOLD)
    (workspace.path / "hold").touch()
    return workspace


def wait_for_judge(workspace: Workspace) -> None:
    deadline = time.monotonic() + 120
    while not any("verify_step.py" in line for line in processes(workspace).values()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_ctrl_c_stops_everything_and_the_next_run_goes_on(holding: Workspace) -> None:
    run = start(holding)
    wait_for_judge(holding)
    os.killpg(run.pid, signal.SIGINT)
    text, _ = run.communicate(timeout=60)
    assert run.returncode != 0 and "Traceback" not in text, text
    assert nothing_left(holding), processes(holding)
    (holding.path / "hold").unlink()
    again = holding.run()
    assert again.code == 0, again.text
    assert not again.jobs["plan"]


def test_a_second_run_is_told_about_the_first(holding: Workspace) -> None:
    first = start(holding)
    wait_for_judge(holding)
    second = holding.run()
    assert second.code != 0
    assert f"another run is at work in 'results': process {first.pid} on" in second.text
    assert "results_dir=OTHER" in second.text
    assert "Traceback" not in second.text and "single_run.py" not in second.text
    assert len(second.text.splitlines()) < 12
    (holding.path / "hold").unlink()
    text, _ = first.communicate(timeout=120)
    assert first.returncode == 0, text


def test_a_killed_run_takes_its_jobs_with_it(holding: Workspace) -> None:
    run = start(holding)
    wait_for_judge(holding)
    run.kill()
    run.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while any("verify_step" in line for line in processes(holding).values()):
        assert time.monotonic() < deadline, processes(holding)
        time.sleep(0.1)


def test_a_verdict_left_half_done_is_made_anew(holding: Workspace) -> None:
    """The judge begins by writing that it has not finished; where it is killed, that is no result."""
    begun = '\n    write(Path(args.output), {"status": "FAIL", "reason": "did not finish"})'
    holding.edit("workflow/scripts/verify_step.py", HOLD, begun + HOLD)
    run = start(holding)
    deadline = time.monotonic() + 120
    while not list(holding.results.glob("*/steps/*/verification_result.json")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.kill()
    run.communicate(timeout=60)
    (holding.path / "hold").unlink()
    again = holding.run()
    assert again.code == 0, again.text


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], float]:
    """What an undisturbed run leaves, and how long it takes."""
    workspace = lay_out(tmp_path_factory.mktemp("whole"), stand_ins=True)
    workspace.model("toy", TOY)
    workspace.model("pair", PAIR)
    start = time.monotonic()
    assert workspace.run().code == 0
    return contents(workspace), time.monotonic() - start


@pytest.mark.slow
def test_twenty_kills_and_the_same_bytes(
    workspace: Workspace, whole: tuple[dict[str, str], float]
) -> None:
    """Killed at random moments, gone on with at once, and started anew whenever it has finished."""
    expected, seconds = whole
    moments = random.Random(0)
    for _ in range(20):
        run = start(workspace)
        try:
            run.communicate(timeout=moments.uniform(1, seconds))
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate(timeout=60)
        else:
            assert run.returncode == 0 and contents(workspace) == expected
            subprocess.run(["rm", "-r", ".snakemake", "results"], cwd=workspace.path, check=True)
    last = workspace.run()
    assert last.code == 0, last.text
    assert contents(workspace) == expected


@pytest.fixture
def small_disk(workspace: Workspace) -> Iterator[Workspace]:
    """The results folder on a disk of 256 kB."""
    with mounted(workspace.results, "size=256k"):
        yield workspace


class mounted:
    """A file system in memory, where mounting is allowed."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder, self.options = folder, options

    def __enter__(self) -> None:
        self.folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", self.options, "plumbline-test", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def test_a_full_disk_is_said_to_be_full(small_disk: Workspace) -> None:
    filler = small_disk.results / "filler"
    filler.write_bytes(b"x" * (100 << 10))
    run = small_disk.run()
    assert run.code != 0
    assert "is full: make room, and run again" in run.text, run.text
    assert "Traceback" not in run.text, run.text
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk.results)], check=True)
    again = small_disk.run()
    assert again.code == 0, again.text


def test_a_read_only_folder_is_one_message(workspace: Workspace) -> None:
    with mounted(workspace.results, "ro"):
        run = workspace.run()
    assert run.code != 0
    assert "results_dir: 'results' cannot be written: Read-only file system" in run.text
    assert "Traceback" not in run.text and len(run.text.splitlines()) < 12, run.text


def test_too_little_memory_fails_one_step_with_the_numbers(tmp_path: Path) -> None:
    """What the model takes outside of tensors is in nobody's plan."""
    workspace = lay_out(tmp_path, stand_ins=False)
    workspace.model("hog", HOG)
    workspace.model("lean", HOG.replace("1200 << 20", "1"))
    run = workspace.run(config="models=['*'] memory_limit=1000")
    assert run.code != 0
    assert "the limit is 1000 MB" in run.text, run.text
    assert (workspace.results / "lean/verification/PASS").exists()
    assert not (workspace.results / "hog/verification/PASS").exists()
