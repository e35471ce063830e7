"""Memory that the machine has is not always memory that this process may use."""

from pathlib import Path

import pytest

from plumbline.pipeline.machine import cgroup_limits

JOB = "system.slice/slurmstepd.scope/job_7/step_0/user/task_0"
CASES = {  # /proc/self/cgroup, the files that set limits, what holds
    "no cgroup": ("", {}, []),
    "a batch job, from above": (
        f"0::/{JOB}\n",
        {"system.slice/slurmstepd.scope/job_7/memory.max": "2097152000", "memory.max": "max"},
        [2097152000],
    ),
    "a container that sees itself as the root": ("0::/\n", {"memory.max": "1000\n"}, [1000, 1000]),
    "the first version": (
        "5:cpu,cpuacct:/slurm\n4:memory:/slurm/uid_1/job_7\n",
        {
            "memory/slurm/uid_1/memory.limit_in_bytes": "9000",
            "memory/slurm/uid_1/job_7/memory.limit_in_bytes": "4000",
            "cpu,cpuacct/slurm/memory.limit_in_bytes": "1",
        },
        [4000, 9000],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_limits(case: tuple[str, dict[str, str], list[int]], tmp_path: Path) -> None:
    own, files, expected = case
    (tmp_path / "own").write_text(own, encoding="ascii")
    for name, text in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
    assert sorted(cgroup_limits(tmp_path / "cgroup", tmp_path / "own")) == expected
