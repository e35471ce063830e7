"""What Snakemake may say on the terminal: our own lines are the progress and the explanation."""

import logging
import sys

from snakemake_interface_logger_plugins.common import LogEvent

# A failed job has told its reason itself (gate.py, emit.py, client.py); these repeat its command.
REPEATED = (
    "RuleException:\nCalledProcessError",
    "Cannot restore",
    "Restored previous version",
    "Exiting because a job execution failed",
)


class Quiet(logging.Filter):
    """Warnings, errors and "Nothing to be done" pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "event", None) is LogEvent.JOB_ERROR:
            tell_for_the_job(record)
            return False
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            return not message.startswith(REPEATED)
        return message.startswith("Nothing to be done")


def tell_for_the_job(record: logging.LogRecord) -> None:
    """A job that its cluster ended could not tell its reason; the cluster has told Snakemake."""
    facts = vars(record)
    if facts.get("rule_msg"):
        logs = "".join(f"\n  read    {log}" for log in facts["log"])
        print(f"{facts['rule_name']}: {facts['rule_msg']}{logs}", file=sys.stderr, flush=True)


def quieten(logger: logging.Logger) -> None:
    """Only the terminal: the log file below .snakemake/log keeps everything."""
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(Quiet())
