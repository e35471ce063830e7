"""Let Snakemake's scheduler wait with one timer instead of one for every job that has ended.

After each look at the ready jobs, Snakemake (9.27) starts a timer that makes it look again a second
later, because its limit on submissions may have been lifted by then; each of these looks starts the
next timer. A timer for every job that ends is then looking once a second until the run is over: 500
jobs cost 60 CPU seconds, and the costs grow with the square of their number. Here a timer that is
already running is enough. tests/workflow/test_scheduler_timer.py notices when Snakemake changes.
"""

import threading
from typing import Any

from snakemake.scheduling.job_scheduler import JobScheduler


def install() -> None:
    """Replace the one method that starts these timers."""
    running: set[float] = set()  # delays for which a timer is on its way

    def schedule_once(scheduler: Any, delay: float) -> None:
        if delay in running:
            return
        running.add(delay)

        def look_again() -> None:
            running.discard(delay)
            scheduler._open_jobs.release()

        timer = threading.Timer(delay, look_again)
        timer.daemon = True  # the end of the run does not wait for it
        timer.start()

    JobScheduler._schedule_reevalutation = schedule_once  # the misspelling is Snakemake's
