"""Where the warm process of this user, environment and source listens."""

import hashlib
import importlib.util
import os
import socket
import sys
import tempfile
from pathlib import Path

from plumbline.runner.server import STOP

WORKFLOW = Path(__file__).resolve().parents[2]
# Read when torch or the interpreter starts, so a server cannot take them over from its clients.
PREFIXES = tuple("PYTHON OMP_ MKL_ KMP_ GOMP_ TORCH CUDA LD_ MALLOC_ ATEN_".split())
# A batch job has a server of its own: another's ends with its allocation, and uses up its memory.
ALLOCATION = "SLURM_JOB_ID"


def address(workflow: Path = WORKFLOW) -> Path:
    """A socket in a folder that only this user may enter; another source gives another socket."""
    folder = Path(tempfile.gettempdir()) / f"plumbline-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder / f"{_key(workflow)}.sock"


def stop(path: Path) -> None:
    """Ask both servers to end as soon as they have nothing to do; there may be none."""
    for name in (str(path), f"{path}.light"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                connection.connect(name)
                body = b"\0".join([b"/", b"0", STOP.encode()])
                connection.sendall(b"%10d" % len(body) + body)
            except OSError:
                pass


def command(runner: Path = Path(__file__).parent) -> list[str]:
    """How to run the client: as a module, since a script would be compiled anew for every job.

    Ctrl-C before it is ready ends it without a word; Python would print where it was importing.
    """
    program = (
        "import _signal; _signal.signal(_signal.SIGINT, _signal.SIG_DFL); "
        f"import sys; sys.path.insert(0, {str(runner)!r}); import client; "
        "sys.exit(client.main(sys.argv[1:]))"
    )
    return [sys.executable, "-I", "-S", "-c", program]


def _key(workflow: Path) -> str:
    digest = hashlib.sha256()
    for part in (sys.executable, sys.version, _torch_version(), *_environment()):
        digest.update(part.encode() + b"\0")
    for source in sorted(workflow.rglob("*.py")):
        digest.update(str(source).encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _environment() -> list[str]:
    settings = (f"{name}={value}" for name, value in os.environ.items())
    return sorted(setting for setting in settings if setting.startswith((*PREFIXES, ALLOCATION)))


def _torch_version() -> str:
    """Read from the file, since importing torch costs more than all the rest of a start."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return "none"
    return (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
