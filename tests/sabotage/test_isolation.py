"""Hostile files at run time: the judge survives, says what happened, and leaves nothing behind."""

import os
import py_compile
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lies import Judge, falsify

Honest = Callable[[str], Path]
WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
HEAD = "def get_inputs():\n"

ORIGINALS = {  # code that runs when the original is imported -> what the verdict must say
    "exit": ("import sys\nsys.exit(0)", "SystemExit"),
    "os_exit": ("import os\nos._exit(0)", "ended by itself with exit code 0"),
    "raises": ("raise ValueError('no')", "ValueError: no"),
    "base_exception": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "segfault": ("import ctypes\nctypes.string_at(0)", "killed by signal 11"),
    "abort": ("import os\nos.abort()", "killed by signal 6"),
    "kills_itself": ("import os, signal\nos.kill(os.getpid(), 9)", "killed by signal 9"),
    "endless_loop": ("while True:\n    pass", "time limit"),
    "sleeps": ("import time\ntime.sleep(60)", "time limit"),
    "ignores_signals": (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n    pass",
        "time limit",
    ),
    "stops_itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "time limit"),
    "closes_its_pipes": (
        "import os, time\nos.closerange(0, 64)\ntime.sleep(60)",
        "closed its pipes|signal 9",
    ),
    "reads_input": ("input()", "EOFError"),
    "memory": ("x = [bytearray(1 << 24) for _ in range(1 << 12)]", "memory|MemoryError|MB"),
    "tensor_memory": ("import torch\nx = torch.ones(1 << 33)", "memory|MemoryError|MB"),
    "deep_recursion": ("def f():\n    f()\nf()", "RecursionError"),
    "strange_error": (
        "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E",
        "cannot be printed",
    ),
    "floods_and_dies": (
        "import os\nfor _ in range(200):\n    os.write(1, b'x' * 65536)\nos._exit(3)",
        "exit code 3",
    ),
}

STAYING = {  # code that leaves something behind, after which the step is honest again
    "flood": "import sys\nfor _ in range(50):\n    sys.stdout.write('x' * 65536)",
    "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
    "child_process": "import subprocess\nsubprocess.Popen(['sleep', '60'])",
    "fork": "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)",
    "daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(60)\n    os._exit(0)"
    ),
    "new_session": "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)",
    "multiprocessing": (
        "import multiprocessing, time\n"
        "multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,)).start()"
    ),
    "atexit": "import atexit, os\natexit.register(lambda: os._exit(0))",
    "patches_json": "import json\njson.dumps = None\njson.loads = lambda text: {'status': 'PASS'}",
    "patches_builtins": "import builtins\nbuiltins.print = builtins.open = None",
    "patches_torch": "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True",
    "closes_output": "import os\nos.close(1)\nos.close(2)",
    "changes_folder": "import os\nos.chdir('/')",
    "seeds": "import torch\ntorch.manual_seed(7)\ntorch.set_num_threads(2)",
}


def plant(folder: Path, code: str) -> None:
    """Put code before the input function of the original."""
    falsify(folder, "original.py", HEAD, f"{code}\n\n\n{HEAD}")


def processes(marker: str) -> set[int]:
    """Processes that inherited the environment of the judging server."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                zombie = "Z" in (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if marker.encode() in environment and not zombie:
                found.add(int(entry.name))
    return found


def folders(pid: int) -> list[Path]:
    """Temporary folders of one judging process."""
    places = [Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp"))]
    return [path for place in places for path in place.glob(f"plumbline-{pid}-*")]


@pytest.fixture
def clean(server: Any) -> Any:
    """After the test, no process and no file of the judging process may be left."""
    yield
    assert processes(server.marker) == {server.pid}
    assert folders(server.pid) == []


@pytest.mark.parametrize("name", ORIGINALS)
def test_hostile_original_fails(name: str, honest: Honest, judge: Judge, clean: None) -> None:
    code, reasons = ORIGINALS[name]
    folder = honest("vgg_block")
    plant(folder, code)
    started = time.monotonic()
    verdict = judge(folder, time_limit=3.0, mem_mb=2000)
    assert time.monotonic() - started < 60  # and not for ever
    assert verdict["status"] == "FAIL"
    assert verdict["isolation"]["status"] == "FAIL"
    assert any(reason in verdict["reason"] for reason in reasons.split("|")), verdict["reason"]
    assert "original model" in verdict["reason"]


@pytest.mark.parametrize("name", STAYING)
def test_nothing_outlives_a_step(name: str, honest: Honest, judge: Judge, clean: None) -> None:
    folder = honest("vgg_block")
    plant(folder, STAYING[name])
    verdict = judge(folder, time_limit=30.0)
    assert verdict["status"] == "PASS", verdict["reason"]


CHILDREN = {  # statements in the forward of a child, inside its grammar
    "endless_loop": ("while True:\n            pass", "time limit"),
    "memory": ("x = [torch.ones(1 << 24) for _ in range(1 << 12)]", "memory|MB"),
    "one_large_tensor": ("torch.ones(1 << 40)", "memory|MB"),
    "exception": ('raise ValueError("stop")', "ValueError: stop"),
    "recursion": ("self.forward(x)", "RecursionError"),
    "huge_number": ("y = 9 ** 9 ** 9", "time limit"),
    "lazy_object": ("return range(3)", "no tensor, number or container"),
    "module_as_output": ("return self.conv", "Conv2d is no tensor"),
    "sparse_output": ("return self.relu(self.conv(x)).to_sparse()", "Sparse"),
    "meta_output": ('return torch.ones(2, 8, 16, 16, device="meta")', "meta"),
}


@pytest.mark.parametrize("name", CHILDREN)
def test_hostile_child_fails(name: str, honest: Honest, judge: Judge, clean: None) -> None:
    code, reasons = CHILDREN[name]
    folder = honest("vgg_block")
    before = "return self.relu(self.conv(x))"
    falsify(folder, "children/conv_relu_3x8.py", before, f"{code}\n        {before}")
    verdict = judge(folder, time_limit=4.0, mem_mb=2000)
    assert verdict["status"] == "FAIL"
    assert any(reason in verdict["reason"] for reason in reasons.split("|")), verdict["reason"]


def test_a_flooding_child_is_cut_off(honest: Honest, judge: Judge, clean: None) -> None:
    folder = honest("vgg_block")
    before = "return self.relu(self.conv(x))"
    flood = 'for _ in range(100):\n            print("x" * 65536)'
    falsify(folder, "children/conv_relu_3x8.py", before, f"{flood}\n        {before}")
    assert judge(folder)["status"] == "PASS"


def link(path: Path) -> None:
    """Replace a file or folder by a symbolic link to its content."""
    target = path.with_name(f"{path.name}.elsewhere")
    path.rename(target)
    path.symlink_to(target)


FILES = {
    "linked_child": (lambda f: link(f / "children/maxpool2d.py"), "symbolic link"),
    "linked_children": (lambda f: link(f / "children"), "symbolic link"),
    "linked_refactored": (lambda f: link(f / "refactored.py"), "symbolic link"),
    "folder_as_refactored": (
        lambda f: ((f / "refactored.py").unlink(), (f / "refactored.py").mkdir()),
        "not a regular file",
    ),
    "folder_as_child": (
        lambda f: ((f / "children/maxpool2d.py").unlink(), (f / "children/maxpool2d.py").mkdir()),
        "not a regular file",
    ),
    "pipe_as_child": (
        lambda f: ((f / "children/maxpool2d.py").unlink(), os.mkfifo(f / "children/maxpool2d.py")),
        "not a regular file",
    ),
    "no_original": (lambda f: (f / "original.py").unlink(), "original.py: no such file"),
    "no_refactored": (lambda f: (f / "refactored.py").unlink(), "refactored.py: no such file"),
    "no_child": (lambda f: (f / "children/maxpool2d.py").unlink(), "maxpool2d.py: no such file"),
    "empty": (lambda f: (f / "refactored.py").write_text(""), "has no class"),
    "not_utf8": (lambda f: (f / "refactored.py").write_bytes(b"# \xff"), "not utf-8"),
    "utf16": (
        lambda f: (f / "refactored.py").write_bytes((f / "refactored.py").read_text().encode("utf-16")),
        "null byte",
    ),
    "other_encoding": (
        lambda f: falsify(f, "refactored.py", "import sys\n", "# coding: utf-7\nimport sys\n"),
        "declares encoding",
    ),
    "null_byte": (lambda f: falsify(f, "refactored.py", "import sys\n", "import sys\0\n"), "null"),
    "huge": (lambda f: (f / "refactored.py").write_text("#" * (9 << 20)), "larger than"),
    "map_is_no_json": (lambda f: (f / "weight_map.json").write_text("{"), "not valid JSON"),
    "map_is_a_list": (lambda f: (f / "weight_map.json").write_text("[]"), "expected an object"),
    "map_of_numbers": (lambda f: (f / "weight_map.json").write_text('{"a": 1}'), "name of a tensor"),
    "map_twice": (lambda f: (f / "weight_map.json").write_text('{"a": "b", "a": "c"}'), "twice"),
    "nested_too_deeply": (
        lambda f: falsify(f, "refactored.py", "return x\n", f"return {'(' * 300}x{')' * 300}\n"),
        "is not Python",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_what_they_must_be(
    name: str, honest: Honest, judge: Judge, clean: None
) -> None:
    change, reason = FILES[name]
    folder = honest("vgg_block")
    change(folder)
    verdict = judge(folder)
    assert verdict["status"] == "FAIL"
    assert reason in verdict["reason"]


def test_planted_bytecode_is_not_run(honest: Honest, judge: Judge, tmp_path: Path) -> None:
    folder = honest("vgg_block")
    lie = tmp_path / "maxpool2d.py"
    lie.write_text("raise SystemExit")
    for place in ("__pycache__/maxpool2d.cpython-312.pyc", "maxpool2d.pyc"):
        py_compile.compile(str(lie), cfile=str(folder / "children" / place))
    assert judge(folder)["status"] == "PASS"


def test_folders_of_killed_runs_are_swept(honest: Honest, judge: Judge) -> None:
    place = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    stale = place / "plumbline-0-stale"
    stale.mkdir(exist_ok=True)
    os.utime(stale, (0, 0))
    assert judge(honest("vgg_block"))["status"] == "PASS"
    assert not stale.exists()


def command(folder: Path, *more: str) -> subprocess.Popen[str]:
    """verify_step.py on a folder, cold."""
    files = ["--original", folder / "original.py", "--refactored", folder / "refactored.py"]
    script = [sys.executable, WORKFLOW / "scripts" / "verify_step.py"]
    words = [*script, *files, "--output", folder / "v.json", *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_stale_pass_does_not_survive_an_aborted_run(honest: Honest) -> None:
    folder = honest("vgg_block")
    plant(folder, "import time\ntime.sleep(60)")
    (folder / "v.json").write_text('{"status": "PASS"}')
    process = command(folder)
    while not [*folders(process.pid)]:
        time.sleep(0.05)
        assert process.poll() is None
    process.terminate()
    process.wait(timeout=20)
    assert '"FAIL"' in (folder / "v.json").read_text()
    assert folders(process.pid) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--trials", "0"], "at least 1"),
        (["--tolerance", "float32=2,1"], "outside"),
        (["--tolerance", "what=1e-3,1e-3"], "unknown dtype"),
        (["--nonsense"], "unrecognized"),
    ],
)
def test_wrong_use_exits_with_2(honest: Honest, more: list[str], message: str) -> None:
    process = command(honest("vgg_block"), *more)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert message in printed


def test_the_verdict_never_overwrites_what_is_judged(honest: Honest) -> None:
    folder = honest("vgg_block")
    before = (folder / "refactored.py").read_text()
    for output in (folder / "refactored.py", folder):
        process = command(folder, "--output", str(output))
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 2, printed
    assert (folder / "refactored.py").read_text() == before


def test_the_folder_alone_judges_elsewhere(honest: Honest, tmp_path: Path) -> None:
    import shutil

    home = tmp_path / "elsewhere"
    shutil.copytree(WORKFLOW / "plumbline" / "verifier", home)
    folder = honest("vgg_block")
    words = ["--original", folder / "original.py", "--refactored", folder / "refactored.py"]
    output = ["--output", folder / "v.json"]
    run = subprocess.run([sys.executable, "-I", home, *words, *output], check=False)
    assert run.returncode == 0
