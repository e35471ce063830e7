"""Run a script of workflow/scripts in the warm process, or by itself when there is none.

    client.py [--light] [--log FILE] [--limit SECONDS] [--verdict FILE] SCRIPT ARGS...

The exit code is the script's own. With --log, its output goes to FILE and only the last lines of a
failure come to the terminal. With --limit, it is stopped after so many seconds. With --verdict, an
exit code of 1 is a judgement and no failure, as long as the script has written FILE. With --light,
the job needs no torch.

Every job pays for this process, so imports are counted here: `_socket` instead of `socket`, and no
`json`, save 15 ms of 30. Run it as `python -I -S -c "...; import client; ..."` to use its compiled
form. PLUMBLINE_WARM names the server's socket, PLUMBLINE_RUN the process of the run: when that is
killed, and nobody waits for this job any more, the job ends as well.
"""

import _signal
import _socket
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "scripts")
STOPPED = 124  # what timeout(1) says
TAIL = 2000  # bytes of a failed job's log that are worth showing
FULL = 2**20  # bytes; with less room than this, a job's own words may be lost as well
Options = dict[str, str]


def main(argv: list[str]) -> int:
    try:
        for number in (_signal.SIGTERM, _signal.SIGINT):
            _signal.signal(number, _signal.default_int_handler)
        run_process()  # a shell may outlive the run, and start its next command
        return serve(argv)
    except KeyboardInterrupt:  # the shell has to see that a signal ended us, and no exit code
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
        return 130


def serve(argv: list[str]) -> int:
    options, command = parse(argv)
    start = time.monotonic()
    try:
        output = open_log(options.get("log"))
    except OSError as error:
        sys.exit(f"{command[0]}: {error.filename} cannot be written: {error.strerror}")
    code = run(server_address("light" in options), command, output, float(options.get("limit", 0)))
    if output != 1:
        try:
            os.write(output, b"# %.3f s\n" % (time.monotonic() - start))
        except OSError:  # a full disk; below is said so
            code = code or 1
    if code == 1 and os.path.exists(options.get("verdict", "")):
        return 0
    if code and output != 1:
        report_failure(command, code, options["log"])
    return code


def parse(argv: list[str]) -> tuple[Options, list[str]]:
    """Split our own options from the command, which starts at the first other word."""
    options: Options = {}
    while argv and argv[0].startswith("--"):
        name, *argv = argv
        if name == "--light":
            options["light"] = ""
        elif name in ("--log", "--limit", "--verdict") and argv:
            options[name[2:]], *argv = argv
        else:
            sys.exit(f"client.py: unknown option {name}")
    if not argv:
        sys.exit("client.py: which script?")
    return options, argv


def server_address(light: bool) -> str:
    address = os.environ.get("PLUMBLINE_WARM", "")
    return address + ".light" if address and light else address


def open_log(path: str | None) -> int:
    if path is None:
        return 1
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)


def run(address: str, command: list[str], output: int, limit: float) -> int:
    """Try the warm process twice (it may be on its way out the first time), then do without."""
    for _ in range(2 if address else 0):
        connection = connect(address)
        if connection is None:
            break
        code = ask(connection, command, output, limit)
        if code is not None:
            return code
    return run_cold(command, output, limit)


def connect(address: str) -> "_socket.socket | None":
    """Connect to the server; the first to find none starts it, the others wait for that one."""
    try:
        return dial(address)
    except OSError:
        pass
    import fcntl

    try:
        lock = os.open(os.path.dirname(address) + "/lock", os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return dial(address)  # somebody else has started it meanwhile
        except OSError:
            start_server(address)
            return dial(address)
        finally:
            os.close(lock)
    except OSError:
        return None


def dial(address: str) -> "_socket.socket":
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(address)
    return connection


def start_server(address: str) -> None:
    """Listen here and hand the socket over: clients can queue while the server imports torch."""
    import subprocess

    if os.path.exists(address):
        os.unlink(address)  # left by a server that was killed
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(512)
    with open(address + ".log", "wb") as log:
        subprocess.Popen(
            [sys.executable, os.path.join(HERE, "server.py"), str(listener.fileno()), address],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            cwd="/",
            start_new_session=True,
        )


def ask(connection: "_socket.socket", command: list[str], output: int, limit: float) -> int | None:
    """Send directory, environment, command and output files; the answer is one exit code.

    None means that no answer came: the server has gone, or was killed.
    """
    environment = [name + b"=" + value for name, value in os.environb.items()]
    fields = [os.getcwdb(), b"%d" % len(environment), *environment, *map(os.fsencode, command)]
    body = b"\0".join(fields)
    error = 2 if output == 1 else output
    files = b"".join(fd.to_bytes(4, sys.byteorder) for fd in (output, error))
    try:
        header = b"%10d" % len(body)
        connection.sendmsg([header], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
        connection.sendall(body)
        if not wait_for(connection.fileno(), limit):
            end_job(connection)
            return stopped(output, limit)
        answer = connection.recv(16)
    except KeyboardInterrupt:
        end_job(connection)
        raise
    except OSError:
        return None
    return int(answer) if answer else None


def wait_for(file: int, limit: float) -> bool:
    """Wait until there is something to read; False when the limit has passed."""
    import select

    run = run_process()
    ready = select.select([file, *run], [], [], limit or None)[0]
    if ready and file not in ready:
        raise KeyboardInterrupt
    return bool(ready)


def run_process() -> list[int]:
    """A file that can be read once the run is dead, where the system has such files.

    If it is dead already, this ends as if somebody had typed Ctrl-C.
    """
    try:
        return [os.pidfd_open(int(os.environ.get("PLUMBLINE_RUN", "")))]
    except (AttributeError, ValueError):
        return []
    except ProcessLookupError:
        raise KeyboardInterrupt from None


def end_job(connection: "_socket.socket") -> None:
    """Hang up, and stay until the job has ended: it must write nothing after we are gone."""
    connection.settimeout(10)
    try:
        connection.shutdown(_socket.SHUT_WR)
        connection.recv(16)
    except OSError:
        pass


def run_cold(command: list[str], output: int, limit: float) -> int:
    """The same job in an interpreter of its own."""
    import subprocess

    script = [sys.executable, os.path.join(SCRIPTS, command[0]), *command[1:]]
    error = None if output == 1 else output
    process = subprocess.Popen(
        script, stdout=None if output == 1 else output, stderr=error, start_new_session=True
    )
    try:
        if hasattr(os, "pidfd_open") and not wait_for(os.pidfd_open(process.pid), limit):
            return stopped(output, limit)
        code = process.wait(limit or None)
        return code if code >= 0 else 128 - code
    except subprocess.TimeoutExpired:
        return stopped(output, limit)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, _signal.SIGKILL)
            process.wait()


def stopped(output: int, limit: float) -> int:
    os.write(2 if output == 1 else output, b"stopped after %d s (time limit)\n" % limit)
    return STOPPED


def report_failure(command: list[str], code: int, log: str) -> None:
    """Show the end of the log: nobody should have to search for the reason."""
    disk = os.statvfs(log)
    if disk.f_bavail * disk.f_frsize < FULL:
        sys.stderr.write(f"{command[0]}: the disk of {log} is full: make room, and run again\n")
        return
    size = os.path.getsize(log)
    with open(log, "rb") as file:
        file.seek(max(0, size - TAIL))
        tail = file.read().decode(errors="replace")
    lines = tail.splitlines()[-12:]
    message = f"{command[0]} ended with exit code {code}; the end of {log}:"
    sys.stderr.write("\n".join([message, *("    " + line for line in lines)]) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
