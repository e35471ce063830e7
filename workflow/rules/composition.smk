localrules:
    compose,
    composition_result,
    summary,
    accept,


rule compose:
    input:
        certificate=WIRING.root_certificate,
        verdicts=WIRING.all_verdicts,
        kernels=WIRING.kernel_files,
    output:
        original=update("<results>/{model}/composition/original.py"),
        refactored=update("<results>/{model}/composition/refactored.py"),
        weights=update("<results>/{model}/composition/weight_map.json"),
        test=update("<results>/{model}/verification/composition_test.py"),
    log:
        "<results>/{model}/logs/compose.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        emitted=WIRING.emitted_composition,
        result=WIRING.folder,
    shell:
        "warm --light --log {log:q} emit.py --result {params.result:q} --job composition"
        " --writes {output:q} {params.result:q}/composition/children --"
        " compose_model.py --plan {params.result:q}/plan --result {params.result:q}"


rule composition_test:
    input:
        test="<results>/{model}/verification/composition_test.py",
        kernels=WIRING.kernel_files,
    output:
        "<results>/{model}/verification/composition_test.json",
    log:
        "<results>/{model}/logs/composition_test.log",
    conda:
        "../../environment.yml"
    threads: SETTINGS.threads
    resources:
        mem_mb=WIRING.composition_mb,
        runtime="1h",
    params:
        threads=SETTINGS.threads,
        limit=WIRING.composition_limit,
    shell:
        "warm --log {log:q} --limit {params.limit} --verdict {output:q} run_composition_test.py"
        " --test {input.test:q} --threads {params.threads} --output {output:q}"
        " || warm --light record_crash.py --model {wildcards.model:q} --logs {log:q} --verdict {output:q}"


# The root's verdict comes with the reference; a job on a cluster's node knows the plan through it.
rule verify_composition:
    input:
        root=ancient(WIRING.root_verdict),
        original="<results>/{model}/composition/original.py",
        refactored="<results>/{model}/composition/refactored.py",
        weights="<results>/{model}/composition/weight_map.json",
    output:
        verdict="<results>/{model}/composition/verification_result.json",
    log:
        "<results>/{model}/logs/verify_composition.log",
    conda:
        "../../environment.yml"
    threads: SETTINGS.threads
    resources:
        mem_mb=WIRING.composition_mb,
        runtime="1h",
    params:
        verifier=VERIFIER,
        judging=JUDGING,
        threads=THREADS,
        limit=WIRING.composition_limit,
        reference=WIRING.reference,
        folder=subpath(output.verdict, parent=True),
    shell:
        "warm --light --log {log:q} composition_from_step.py --step {input.root:q} --composition {params.folder:q}"
        " && {{ test -e {output.verdict:q} || warm --log {log:q} --verdict {output.verdict:q} verify_step.py --composition"
        " --original {input.original:q} --refactored {input.refactored:q} --output {output.verdict:q}"
        " --coverage {params.folder:q}/coverage_report.json"
        " {params.judging} {params.threads} --time-limit {params.limit} --mem-mb $MEMORY_MB --recall {params.reference:q}; }}"
        " || warm --light record_crash.py --model {wildcards.model:q} --logs {log:q} --verdict {output.verdict:q}"


rule composition_result:
    input:
        test="<results>/{model}/verification/composition_test.json",
        verdict="<results>/{model}/composition/verification_result.json",
    output:
        "<results>/{model}/verification/composition_result.json",
    log:
        "<results>/{model}/logs/composition_result.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        pipeline=PIPELINE,
    shell:
        "warm --light --log {log:q} join_composition.py --test {input.test:q} --verdict {input.verdict:q}"
        " --output {output:q}"


# Reads what verify_composition has counted, as long as it was counted on these very files.
rule coverage:
    input:
        model="<results>/{model}/composition/original.py",
        verdict="<results>/{model}/composition/verification_result.json",
        kernels=WIRING.kernel_files,
    output:
        "<results>/{model}/verification/coverage_summary.json",
    log:
        "<results>/{model}/logs/coverage.log",
    conda:
        "../../environment.yml"
    threads: SETTINGS.threads
    resources:
        mem_mb=WIRING.composition_mb,
        runtime="1h",
    params:
        verifier=VERIFIER,
        result=WIRING.folder,
    shell:
        "warm --log {log:q} --verdict {output:q} extract_ops.py --model {input.model:q}"
        " --decomp-dir {params.result:q} --output {output:q}"


rule summary:
    input:
        verdicts=WIRING.all_verdicts,
        composition="<results>/{model}/verification/composition_result.json",
        coverage="<results>/{model}/verification/coverage_summary.json",
    output:
        steps="<results>/{model}/verification/step_verification_summary.json",
        tree="<results>/{model}/decomposition_tree.json",
        analysis="<results>/{model}/decomposition_analysis.md",
    log:
        "<results>/{model}/logs/summary.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        verifier=VERIFIER,
        describer=DESCRIBER,
        result=WIRING.folder,
    shell:
        "warm --log {log:q}.steps run_step_pipeline.py {params.result:q} --summarise-only"
        " && warm --log {log:q} describe_model.py --result {params.result:q}"


rule accept:
    input:
        composition="<results>/{model}/verification/composition_result.json",
        coverage="<results>/{model}/verification/coverage_summary.json",
    output:
        "<results>/{model}/verification/PASS",
    log:
        "<results>/{model}/logs/accept.log",
    conda:
        "../../environment.yml"
    threads: 0
    resources:
        light=1,
    params:
        pipeline=PIPELINE,
        result=WIRING.folder,
    shell:
        "warm --light accept.py --result {params.result:q} --output {output:q}"
