# Plumbline: verify before you descend.
#
#   snakemake --cores 2                                 what config.yaml names
#   snakemake --cores 2 --config "models=['*']"         every model
#   snakemake --cores 2 results/gpt2/certificates/...   one component, one step, any file
#
# workflow/profiles/default applies by itself.

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/warm.smk"
include: "workflow/rules/plan.smk"
include: "workflow/rules/component.smk"
include: "workflow/rules/step.smk"
include: "workflow/rules/composition.smk"


localrules:
    all,


# Only this rule may declare success, and only on the verdicts themselves beside everything that
# rests on them: a gate that failed in an earlier run has to fail again in this one.
rule all:
    default_target: True
    input:
        WIRING.everything,
