"""profiles/kubernetes against a stand-in for kubectl, which runs each job on this machine."""

import os
import stat
import sys
from pathlib import Path

import pytest
from workspace import Workspace

pytest.importorskip(
    "snakemake_executor_plugin_cluster_generic", reason="needs requirements-kubernetes.lock"
)
KUBECTL = '''#!{python}
"""kubectl create -f - | get job NAME -o jsonpath=... | delete job NAME..."""
import os, signal, subprocess, sys
from pathlib import Path

import yaml

jobs = Path("{jobs}")
verb, *words = sys.argv[1:]
if verb == "create":
    job = yaml.safe_load(sys.stdin)
    name, spec = job["metadata"]["name"], job["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert container["workingDir"] == os.getcwd() and container["image"] == "an/image:1"
    assert container["resources"]["requests"]["memory"].endswith("Mi")
    assert spec["volumes"][0]["persistentVolumeClaim"]["claimName"] == "plumbline"
    record = '"$0" "$@" >{{0}}.log 2>&1; echo $? >{{0}}.part; mv {{0}}.part {{0}}.code'
    script = record.format(jobs / name)
    command = ["sh", "-c", script, *container["command"]]
    process = subprocess.Popen(command, start_new_session=True, cwd=container["workingDir"])
    (jobs / name).write_text(str(process.pid))
    print("job.batch/" + name + " created")
elif verb == "get":
    code = jobs / (words[1] + ".code")
    ended = code.read_text().strip() if code.exists() else ""
    if "conditions" in " ".join(words):
        print("exit code " + ended, end="")
    elif (jobs / words[1]).exists():
        print("1/" if ended == "0" else "/1" if ended else "/", end="")
else:
    for name in words[1:]:
        if (jobs / name).exists():
            os.killpg(int((jobs / name).read_text()), signal.SIGKILL)
            (jobs / name).unlink()
'''
pytestmark = pytest.mark.slow
PROFILE = ("--workflow-profile", "profiles/kubernetes")


@pytest.fixture
def cluster(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the stand-in keeps its jobs."""
    folder = workspace.path / "bin"
    jobs = workspace.path / "jobs"
    for path in (folder, jobs):
        path.mkdir()
    kubectl = folder / "kubectl"
    kubectl.write_text(KUBECTL.format(python=sys.executable, jobs=jobs), encoding="utf-8")
    kubectl.chmod(kubectl.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PLUMBLINE_IMAGE", "an/image:1")
    return jobs


def test_two_models_pass(workspace: Workspace, cluster: Path) -> None:
    (workspace.path / "models" / "toy.py").unlink()
    run = workspace.run(*PROFILE)
    assert run.code == 0, run.text
    assert (workspace.results / "pair/verification/PASS").exists()
    submitted = len(list(cluster.glob("*.code")))
    assert submitted == sum(run.jobs[rule] for rule in REMOTE)


REMOTE = ("plan", "selftest", "verify", "composition_test", "verify_composition", "coverage")


def test_a_job_that_the_cluster_ends_is_told(workspace: Workspace, cluster: Path) -> None:
    workspace.edit("workflow/profiles/kubernetes/job.yaml", '["sh", "{script}"]', '["false"]')
    run = workspace.run(*PROFILE)
    assert run.code != 0
    assert "exit code 1; read: kubectl logs job/plumbline-" in run.text, run.text
