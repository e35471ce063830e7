"""Make Snakemake (9.27) look at every job for reasons of its own to run.

Behind an `ancient` input: when job A has to run, Snakemake does not ask whether a job B further down
has reasons of its own; B will run anyway, because A does. That is not so where the way from A to B
leads through an `ancient` input, as from every gate to the descent behind it:

    verify(step 1) runs again  ->  its gate  -- ancient -->  step 2, whose parameters have changed

Step 2 would be left as it is in this run, which then ends in success on a stale verdict. Here the
search follows only those inputs that make the next job run. test_incremental.py fails without it.

Behind a checkpoint: what a killed job left half done is looked for before there are any jobs behind
the checkpoint, and never again; a verdict that says "did not finish" would stand as a result. Here
it is looked for whenever jobs were added. test_faults.py fails without it.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from snakemake.dag import DAG

Edges = Mapping[Any, Mapping[Any, set[Any]]]  # job -> job that depends on it -> through which files


def install() -> None:
    """Look for half-done files before DAG.update_needrun, and replace its breadth-first search, and no other."""
    update_needrun = DAG.update_needrun

    @functools.wraps(update_needrun)
    async def with_own_reasons(dag: Any, *args: Any, **kwargs: Any) -> None:
        await dag.check_incomplete()
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
