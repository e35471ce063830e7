localrules:
    step,
    gate,
    certify,


rule step:
    input:
        entry=ancient(WIRING.step_entry),
        gates=ancient(WIRING.gates_of_step),
        original=WIRING.step_original,
        children=WIRING.step_children,
        model=ancient("<models>/{model}.py"),
    output:
        original=update("<results>/{model}/steps/{step}/original.py"),
        refactored=update("<results>/{model}/steps/{step}/refactored.py"),
        weights=update("<results>/{model}/steps/{step}/weight_map.json"),
    log:
        "<results>/{model}/logs/{step}.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        emitted=WIRING.emitted_step,
        result=WIRING.folder,
        folder=subpath(output.original, parent=True),
    shell:
        "warm --light --log {log:q} emit.py --result {params.result:q} --job {wildcards.step:q}"
        " --writes {output:q} {params.folder:q}/children -- emit_step.py --entry {input.entry:q}"
        " --model {input.model:q} --component {input.original:q} --children {input.children:q} --output {params.folder:q}"


# FAIL is a result of this rule; the gate turns it into a stopped branch. If this job failed
# instead, Snakemake would delete the verdict, and call the next run a success.
rule verify:
    input:
        original="<results>/{model}/steps/{step}/original.py",
        refactored="<results>/{model}/steps/{step}/refactored.py",
        weights="<results>/{model}/steps/{step}/weight_map.json",
        selftests=WIRING.step_selftests,
    output:
        verdict="<results>/{model}/steps/{step}/verification_result.json",
    log:
        "<results>/{model}/logs/verify_{step}.log",
    conda:
        "../../environment.yml"
    threads: SETTINGS.threads
    resources:
        mem_mb=WIRING.verify_mb,
        runtime="1h",
    params:
        verifier=VERIFIER,
        judging=JUDGING,
        threads=THREADS,
        limit=WIRING.verify_limit,
        edited=WIRING.edited_copies,
        remember=WIRING.remember,
        folder=subpath(output.verdict, parent=True),
    shell:
        "warm --log {log:q} --verdict {output.verdict:q} verify_step.py"
        " --original {input.original:q} --refactored {input.refactored:q}"
        " --output {output.verdict:q} --coverage {params.folder:q}/coverage_report.json"
        " {params.judging} {params.threads} --time-limit {params.limit} --mem-mb $MEMORY_MB {params.remember}"
        " || warm --light record_crash.py --model {wildcards.model:q} --logs {log:q}"
        " --verdict {output.verdict:q}"


rule gate:
    input:
        verdict="<results>/{model}/steps/{step}/verification_result.json",
        selftests=WIRING.step_selftests,
    output:
        "<results>/{model}/steps/{step}/PASS",
    log:
        "<results>/{model}/logs/gate_{step}.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        pipeline=PIPELINE,
        components=WIRING.step_components,
        result=WIRING.folder,
    shell:
        "warm --light gate.py --result {params.result:q} --step {wildcards.step:q}"
        " --verdict {input.verdict:q} --components {params.components:q}"
        " --selftests {input.selftests:q} --output {output:q}"


rule certify:
    input:
        component=WIRING.component_file,
        selftest="<results>/{model}/selftest/{component}.json",
        verdict=WIRING.verdict_of,
        children=WIRING.certificates_of_children,
    output:
        "<results>/{model}/certificates/{component}.json",
    log:
        "<results>/{model}/logs/certify_{component}.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        pipeline=PIPELINE,
        level=WIRING.level,
        verdict=lambda wildcards, input: (
            ["--verdict", input.verdict[0]] if input.verdict else []
        ),
    shell:
        "warm --light --log {log:q} certify.py --component {input.component:q} --level {params.level}"
        " --selftest {input.selftest:q} {params.verdict:q} --children {input.children:q}"
        " --output {output:q}"
