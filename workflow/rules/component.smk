localrules:
    component,


# The digest of what will be written stands for the plan entry, the model file and the decomposer:
# when they change and the bytes do not, nothing is made again.
rule component:
    input:
        entry=ancient(WIRING.plan_entry),
        gates=ancient(WIRING.gates_of_file),
        model=ancient("<models>/{model}.py"),
    output:
        update("<results>/{model}/{level}/{component}.py"),
    log:
        "<results>/{model}/logs/component_{level}_{component}.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        emitted=WIRING.emitted_component,
        result=WIRING.folder,
    shell:
        "warm --light --log {log:q} emit.py --result {params.result:q} --job {wildcards.component:q}"
        " --writes {output:q} -- emit_component.py --entry {input.entry:q}"
        " --model {input.model:q} --output {output:q}"


rule selftest:
    input:
        component=WIRING.component_file,
        verdict=WIRING.own_verdict,
    output:
        "<results>/{model}/selftest/{component}.json",
    log:
        "<results>/{model}/logs/selftest_{component}.log",
    conda:
        "../../environment.yml"
    threads: lambda wildcards: 0 if WIRING.own_verdict(wildcards) else SETTINGS.threads
    resources:
        light=lambda wildcards: int(bool(WIRING.own_verdict(wildcards))),
        mem_mb=WIRING.selftest_mb,
        runtime="1h",
    params:
        verifier=VERIFIER,
        threads=THREADS,
        limit=WIRING.selftest_limit,
        test=WIRING.selftest,
    shell:
        "warm --log {log:q} --verdict {output:q} {params.test} --component {input.component:q}"
        " --output {output:q} {params.threads} --time-limit {params.limit} --mem-mb $MEMORY_MB"
        " || warm --light record_crash.py --model {wildcards.model:q} --logs {log:q} --verdict {output:q}"
