import atexit
import os
import shlex

from plumbline.pipeline import table
from plumbline.runner import address

# Rules say `warm SCRIPT ARGS`. The script runs in the warm process, or in one of its own.
CLIENT = shlex.join(address.command())
WARM = f'MEMORY_MB={MEMORY_MB}; warm() {{ {CLIENT} "$@"; }}; '
shell.prefix(f"set -euo pipefail; {WARM}".replace("{", "{{").replace("}", "}}"))
SOCKET = address.address()
os.environ.update(PLUMBLINE_WARM=str(SOCKET), PLUMBLINE_RUN=str(os.getpid()))
# On a node of a cluster, the server belongs to one batch job, and ends with it.
if workflow.remote_exec:
    atexit.register(address.stop, SOCKET)


def finish(failed):
    """The last words of a run come after all that Snakemake has to say."""
    address.stop(SOCKET)
    atexit.register(table.show, SETTINGS.results_dir, failed=failed)


onsuccess:
    finish(failed=False)


onerror:
    finish(failed=True)
