"""The warm process: exit codes, logs, limits, and every way in which one side may disappear."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from plumbline.runner import address

ROOT = Path(__file__).resolve().parents[2]
SAY = """
import os

def main(argv):
    print(*argv, os.getcwd(), os.environ["WHO"])
    return 3
"""
SLEEP = """
import os, pathlib, time

def main(argv):
    pathlib.Path(argv[0]).write_text(str(os.getpid()))
    time.sleep(60)
"""
JOBS = {
    "say.py": SAY,
    "sleep.py": SLEEP,
    "raise.py": "def main(argv):\n    raise ValueError('a reason')\n",
    "exit.py": "import sys\n\ndef main(argv):\n    sys.exit('wrong use')\n",
    "import.py": "import nowhere\n",
}
FOOTER = "\n\nif __name__ == '__main__':\n    import sys\n    sys.exit(main(sys.argv[1:]))\n"


@dataclass
class House:
    """A copy of the runner with scripts of its own, and how to call its client."""

    path: Path
    socket: Path

    def start(
        self, *arguments: str, warm: bool = True, run: int | None = None
    ) -> subprocess.Popen[str]:
        runner = self.path / "workflow" / "plumbline" / "runner"
        return subprocess.Popen(
            [*address.command(runner), "--light", *arguments],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                "PLUMBLINE_WARM": str(self.socket) if warm else "",
                "PLUMBLINE_RUN": str(run or os.getpid()),
                "WHO": "me",
            },
        )

    def call(self, *arguments: str, warm: bool = True) -> tuple[int, str]:
        process = self.start(*arguments, warm=warm)
        text, _ = process.communicate(timeout=60)
        return process.returncode, text

    def job(self) -> int:
        """The process of a sleeping job, once it runs."""
        file = self.path / "pid"
        deadline = time.monotonic() + 20
        while not (file.exists() and file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return int(file.read_text())

    def server(self) -> int:
        """The server is the parent of every job that it runs."""
        (self.path / "pid").unlink(missing_ok=True)
        sleeping = self.start("sleep.py", "pid")
        job = self.job()
        parent = int(Path(f"/proc/{job}/stat").read_text().rsplit(")", 1)[1].split()[1])
        sleeping.kill()
        assert gone(job)
        return parent


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    runner = tmp_path / "workflow" / "plumbline" / "runner"
    scripts = tmp_path / "workflow" / "scripts"
    for folder in (runner, scripts):
        folder.mkdir(parents=True)
    for file in (ROOT / "workflow/plumbline/runner").glob("*.py"):
        (runner / file.name).write_bytes(file.read_bytes())
    for name, text in JOBS.items():
        (scripts / name).write_text(text + FOOTER, encoding="utf-8")
    house = House(tmp_path, tmp_path / "warm.sock")
    yield house
    address.stop(house.socket)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_the_job_has_arguments_directory_environment_and_exit_code(
    house: House, warm: bool
) -> None:
    assert house.call("say.py", "a b", "c", warm=warm) == (3, f"a b c {house.path} me\n")


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_failures_say_why(house: House, warm: bool) -> None:
    code, text = house.call("raise.py", warm=warm)
    assert code == 1 and "ValueError: a reason" in text
    assert house.call("exit.py", warm=warm) == (1, "wrong use\n")
    code, text = house.call("import.py", warm=warm)
    assert code == 1 and "No module named 'nowhere'" in text


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_log_takes_the_output_and_its_end_is_shown_on_failure(house: House, warm: bool) -> None:
    code, text = house.call("--log", "logs/x.log", "say.py", "hello", warm=warm)
    log = (house.path / "logs/x.log").read_text()
    assert code == 3 and "say.py ended with exit code 3" in text and "hello" in text
    assert log.startswith("hello") and log.splitlines()[-1].endswith(" s")


def test_exit_code_1_is_no_failure_when_the_verdict_is_there(house: House) -> None:
    assert house.call("--verdict", "verdict", "exit.py")[0] == 1
    (house.path / "verdict").touch()
    assert house.call("--verdict", "verdict", "exit.py")[0] == 0


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_job_over_its_limit_is_ended(house: House, warm: bool) -> None:
    code, text = house.call("--limit", "1.5", "sleep.py", "pid", warm=warm)
    assert code == 124 and "time limit" in text
    assert gone(house.job())


def test_a_killed_client_takes_its_job_with_it(house: House) -> None:
    client = house.start("sleep.py", "pid")
    job = house.job()
    client.kill()
    assert gone(job)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_an_interrupted_client_outlives_its_job(
    house: House, warm: bool, number: signal.Signals
) -> None:
    client = house.start("sleep.py", "pid", warm=warm)
    job = house.job()
    client.send_signal(number)
    assert client.wait(timeout=10) == -signal.SIGINT
    assert gone(job)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_killed_run_takes_its_clients_and_their_jobs_with_it(house: House, warm: bool) -> None:
    run = subprocess.Popen(["sleep", "60"])
    client = house.start("sleep.py", "pid", warm=warm, run=run.pid)
    job = house.job()
    run.kill()
    run.wait()
    assert client.wait(timeout=10) == -signal.SIGINT
    assert gone(job)
    late = house.start("say.py", warm=warm, run=run.pid)
    assert late.wait(timeout=10) == -signal.SIGINT


def test_a_killed_server_takes_its_jobs_with_it_and_is_replaced(house: House) -> None:
    server = house.server()
    os.kill(server, signal.SIGKILL)
    assert gone(server)
    assert house.call("say.py")[0] == 3
    assert house.server() != server


def test_jobs_run_side_by_side_in_one_server(house: House) -> None:
    clients = [house.start("say.py", str(number)) for number in range(20)]
    assert [client.wait(timeout=60) for client in clients] == [3] * 20


def test_the_server_ends_when_told(house: House) -> None:
    server = house.server()
    address.stop(house.socket)
    assert gone(server)
    assert not Path(f"{house.socket}.light").exists()


def test_the_server_ends_when_it_has_had_nothing_to_do(house: House) -> None:
    source = house.path / "workflow" / "plumbline" / "runner" / "server.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("IDLE_SECONDS = 20.0", "IDLE_SECONDS = 0.5"), encoding="utf-8")
    assert gone(house.server())


def test_another_source_has_another_address(house: House) -> None:
    workflow = house.path / "workflow"
    before = address.address(workflow)
    (workflow / "scripts" / "say.py").write_text("def main(argv):\n    return 0\n")
    assert address.address(workflow) != before


def test_a_batch_job_has_another_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = address.address(house.path / "workflow")
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    assert address.address(house.path / "workflow") != before


def test_a_log_that_cannot_be_written_is_one_line(house: House) -> None:
    (house.path / "logs").touch()
    code, text = house.call("--log", "logs/x.log", "say.py")
    assert code == 1 and text.startswith("say.py: logs") and len(text.splitlines()) == 1


def test_an_address_that_is_too_long_means_cold(house: House) -> None:
    house.socket = house.path / ("long" * 30) / "warm.sock"
    house.socket.parent.mkdir()
    assert house.call("say.py")[0] == 3


def test_no_socket_folder_means_cold(house: House) -> None:
    house.socket = house.path / "nowhere" / "warm.sock"
    assert house.call("say.py")[0] == 3
