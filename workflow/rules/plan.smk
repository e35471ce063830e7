localrules:
    plans,
    refused,


# A model that cannot be captured is a status in its plan; so is a planning process that dies.
rule plan:
    input:
        model="<models>/{model}.py",
    output:
        index="<results>/{model}/plan/index.json",
        emitted="<results>/{model}/plan/emitted.json",
    log:
        plan="<results>/{model}/logs/plan.log",
        seal="<results>/{model}/logs/seal.log",
    conda:
        "../../environment.yml"
    threads: SETTINGS.threads
    resources:
        runtime="1h",
    params:
        folder=subpath(output.index, parent=True),
        decomposer=DECOMPOSER,
        pipeline=PIPELINE,
        seed=SETTINGS.seed,
        threads=SETTINGS.threads,
        limit=SETTINGS.time_limit,
    shell:
        "warm --log {log.plan:q} --limit {params.limit} plan_model.py --model {input.model:q}"
        " --output {params.folder:q} --seed {params.seed} --threads {params.threads}"
        " && warm --log {log.seal:q} seal_plan.py --plan {params.folder:q} --model {input.model:q}"
        " --output {output.emitted:q}"
        " && (grep '^plan ' {log.seal:q} || true)"
        " || warm --light record_crash.py --model {wildcards.model:q} --logs {log:q}"
        " --plan {params.folder:q}"


# The only checkpoint: one for each model, or for each step, costs several times as much.
checkpoint plans:
    input:
        indexes=expand("<results>/{model}/plan/index.json", model=MODELS),
        emitted=expand("<results>/{model}/plan/emitted.json", model=MODELS),
    output:
        index="<results>/plans.json",
    log:
        "<results>/plans.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        memory_mb=MEMORY_MB,
        pipeline=PIPELINE,
    shell:
        "warm --light --log {log:q} merge_plans.py --indexes {input.indexes:q} --memory-mb {params.memory_mb}"
        " --output {output.index:q}"


# Asked for only when a model was refused: it says why, and fails.
rule refused:
    input:
        index="<results>/plans.json",
    output:
        "<results>/{model}/plan/accepted",
    log:
        "<results>/{model}/logs/refused.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        result=WIRING.folder,
    shell:
        "warm --light accept.py --result {params.result:q} --plans {input.index:q} --output {output:q}"
