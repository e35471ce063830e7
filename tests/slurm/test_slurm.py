"""The workflow on a real Slurm of one node, through sbatch: `make test-slurm`."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "workflow"))

from test_real import GATE
from workspace import PAIR, ROOT, Run, Workspace, lay_out

CLUSTER = HERE / "cluster.sh"
PROFILE = ("--workflow-profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "2")
ARRAYS = ("--slurm-array-jobs", "plan")
HOLD = """
    import time

    while Path("hold", Path(args.output).parents[2].name).exists():
        time.sleep(0.2)
"""


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = str(tmp_path_factory.mktemp("slurm"))
    subprocess.run([CLUSTER, "start", folder], check=True)
    yield
    subprocess.run([CLUSTER, "stop", folder], check=True)


@pytest.fixture
def toys(tmp_path: Path) -> Workspace:
    """Two toy models, whose judge waits as long as there is a file of the model's name in hold/."""
    workspace = lay_out(tmp_path, stand_ins=True)
    workspace.model("first", PAIR)
    workspace.model("second", PAIR)
    arguments = '"output", "coverage")\n'
    workspace.edit("workflow/scripts/verify_step.py", arguments, arguments + HOLD)
    (tmp_path / "hold").mkdir()
    return workspace


def on_slurm(workspace: Workspace, *arguments: str) -> Run:
    return workspace.run(*PROFILE, *arguments, config="models=*")


def squeue() -> list[list[str]]:
    """Number, state and what for, of every job that has not ended."""
    listing = ["squeue", "--noheader", "--format=%i %T %k"]
    done = subprocess.run(listing, capture_output=True, text=True, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def wait_for(found: Callable[[], str]) -> str:
    deadline = time.monotonic() + 900  # on a busy machine, a job takes a minute
    while not (value := found()):
        assert time.monotonic() < deadline, squeue()
        time.sleep(0.5)
    return value


def test_the_same_bytes_as_on_one_machine(tmp_path: Path) -> None:
    """Planned in one job array, judged in single jobs, with the real decomposer and verifier."""
    workspace = lay_out(tmp_path, stand_ins=False)
    workspace.model("gate", GATE)
    workspace.model("wide", GATE.replace("32", "48"))
    run = on_slurm(workspace, *ARRAYS)
    assert run.code == 0, run.text
    log = next((tmp_path / ".snakemake" / "log").iterdir()).read_text(encoding="utf-8")
    assert "Submitted array job" in log and "has been submitted with SLURM jobid" in log
    there = contents(workspace.results)
    subprocess.run(["rm", "-r", workspace.results, tmp_path / ".snakemake"], check=True)
    assert workspace.run().code == 0
    assert contents(workspace.results) == there


def contents(results: Path) -> dict[str, bytes]:
    """What the jobs made; logs and the table hold times."""
    files = (f for f in results.rglob("*") if f.is_file() and f.suffix in (".py", ".json", ".md"))
    return {str(file.relative_to(results)): file.read_bytes() for file in files}


def test_a_failed_gate_stops_its_branch(toys: Workspace) -> None:
    toys.edit("models/first.py", "second (kernel):", "second (kernel): | BROKEN")
    for _ in range(2):
        run = on_slurm(toys)
        assert run.code != 0 and "FAIL  first" in run.text, run.text
        assert (toys.results / "second/verification/PASS").exists()
        assert not (toys.results / "first/composition").exists()


def test_jobs_that_slurm_ended_are_told_and_run_again(toys: Workspace) -> None:
    """One is cancelled, the other runs into its limit of a minute."""
    for model in ("first", "second"):
        (toys.path / "hold" / model).touch()
    command = [*PROFILE, "--set-resources", "verify:runtime=1", "--config", "models=*"]
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake", *command],
        cwd=toys.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as snakemake:
        try:
            number = wait_for(lambda: running("rule_verify", "first"))
            subprocess.run(["scancel", number], check=True)
            text, _ = snakemake.communicate(timeout=900)
        finally:
            snakemake.kill()
    assert snakemake.returncode != 0
    assert "'CANCELLED'" in text and "'TIMEOUT'" in text, text
    for model in ("first", "second"):
        (toys.path / "hold" / model).unlink()
    run = on_slurm(toys)
    assert run.code == 0, run.text
    assert run.jobs["verify"] == 2 and not run.jobs["plan"]


def running(*words: str) -> str:
    for number, state, what in squeue():
        if state == "RUNNING" and all(word in what for word in words):
            return number
    return ""


def test_an_allocation_has_a_warm_process_of_its_own(tmp_path: Path) -> None:
    """The address differs between the login node and each batch job, and a job may do without."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'workflow')!r}); "
        "from plumbline.runner import address; print(address.address())"
    )
    here = [sys.executable, "-c", program]
    calls = [here, ["srun", "--quiet", *here], ["srun", "--quiet", *here]]
    addresses = [subprocess.run(c, capture_output=True, text=True).stdout for c in calls]
    assert all(addresses) and len(set(addresses)) == 3


def test_nothing_is_left_on_the_node(toys: Workspace) -> None:
    assert on_slurm(toys).code == 0
    time.sleep(5)
    left = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        line = process.read_bytes().decode(errors="replace") if process.exists() else ""
        left += [line] if str(toys.path) in line else []
    assert not left
