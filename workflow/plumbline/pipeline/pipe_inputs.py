"""Spare Snakemake the search for pipes among the inputs of a job: no rule here makes one.

Before a job runs, Snakemake (9.27) asks of each input whether it is a pipe, and goes through all
jobs that it depends on for an answer. That is nothing for two inputs; for the rule `all` of 181
models, with 60,000, it took more than seven minutes. tests/workflow/test_scheduler_timer.py notices
when Snakemake changes, or a rule of ours makes a pipe.
"""

from snakemake.jobs import Job


def install() -> None:
    """Replace the one method that searches."""
    Job.is_pipe_or_service_input = lambda job, path: False
