"""Make Snakemake look at every job behind an `ancient` input for reasons to run it.

When job A has to run, Snakemake (9.27) does not ask whether a job B further down has reasons of its
own: B will run anyway, because A does. That is not so where the way from A to B leads through an
`ancient` input, as from every gate to the descent behind it:

    verify(step 1) runs again  ->  its gate  -- ancient -->  step 2, whose parameters have changed

Step 2 would be left as it is in this run, which then ends in success on a stale verdict. Here the
search follows only those inputs that make the next job run. test_incremental.py fails without it.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from snakemake.dag import DAG

Edges = Mapping[Any, Mapping[Any, set[Any]]]  # job -> job that depends on it -> through which files


def install() -> None:
    """Replace the breadth-first search of DAG.update_needrun, and of nothing else."""
    update_needrun = DAG.update_needrun

    @functools.wraps(update_needrun)
    async def with_own_reasons(dag: Any, *args: Any, **kwargs: Any) -> None:
        dag.bfs = follow_updates
        try:
            await update_needrun(dag, *args, **kwargs)
        finally:
            del dag.bfs

    DAG.update_needrun = with_own_reasons


def follow_updates(
    edges: Edges, *jobs: Any, stop: Callable[[Any], bool] = lambda _: False
) -> Iterator[Any]:
    """The jobs, and those that run because they do."""
    queue = deque(jobs)
    visited = set(queue)
    while queue:
        job = queue.popleft()
        if stop(job):
            continue
        yield job
        for next_job, files in edges[job].items():
            if next_job not in visited and not all(file.is_ancient for file in files):
                visited.add(next_job)
                queue.append(next_job)
