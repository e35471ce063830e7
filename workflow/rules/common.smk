import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir, "workflow")))

from plumbline.pipeline import console, machine, own_reasons, records
from plumbline.pipeline import pipe_inputs, scheduler_timer, single_run
from plumbline.pipeline.digests import source_digest
from plumbline.pipeline.plans import read_plans
from plumbline.pipeline.settings import Settings, SettingsError, find_models
from plumbline.pipeline.wiring import Wiring
from snakemake.logging import logger

try:
    SETTINGS = Settings.from_config(config)
    MODELS = find_models(SETTINGS)
except SettingsError as error:
    sys.exit(f"Error in the configuration:\n{error}")


pathvars:
    results=str(SETTINGS.results_dir),
    models=str(SETTINGS.models_dir),


wildcard_constraints:
    model="[^/]+",
    component="[^/]+",
    level="level_[0-3]_[a-z]+",
    step="step_[^/]+",


own_reasons.install()
scheduler_timer.install()
pipe_inputs.install()
single_run.install(SETTINGS.results_dir)

if not workflow.output_settings.dryrun:
    console.quieten(logger)

MEMORY_MB = SETTINGS.memory_limit or machine.memory_mb()

# Snakemake does not see Python imports: these digests are params of the rules that use the code.
# What the decomposer emits is sealed in the plan, so its digest is a param of planning alone.
DECOMPOSER = source_digest(
    "decomposer",
    "plan_model.py",
    "emit_component.py",
    "emit_step.py",
    "compose_model.py",
)
DESCRIBER = source_digest("decomposer", "describe_model.py")
VERIFIER = source_digest("verifier", "verify_step.py", "selftest.py", "extract_ops.py")
PIPELINE = source_digest(
    "pipeline", "gate.py", "certify.py", "accept.py", "seal_plan.py"
)

JUDGING = f"--seed {SETTINGS.seed} --trials {SETTINGS.trials} --tolerance {' '.join(SETTINGS.tolerance)}"
THREADS = f"--threads {SETTINGS.threads}"


@functools.cache  # once they are there, they stay; Snakemake looks for the checkpoint at every call
def plans():
    """All plans. Whoever asks for them waits for the one checkpoint."""
    return read_plans(Path(checkpoints.plans.get().output.index))


for model in MODELS:
    records.put_back(SETTINGS.results_dir / model)

WIRING = Wiring(
    SETTINGS.results_dir,
    MODELS,
    MEMORY_MB,
    SETTINGS.trials,
    SETTINGS.time_limit,
    lambda: workflow.local_exec,
    plans,
)
