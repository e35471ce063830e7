"""A failed gate stops its own descendants and nothing else, in every run until it is repaired."""

from workspace import PAIR, Workspace

BLOCK = "step_2_block_to_fusions"


def break_block(workspace: Workspace) -> None:
    line = "block (layer): conv_relu attention norm"
    workspace.edit("models/toy.py", line, f"{line} | BROKEN")


def test_two_models_pass(workspace: Workspace) -> None:
    run = workspace.run()
    assert run.code == 0, run.text
    assert run.jobs["step"] == 7 and run.jobs["component"] == 16
    assert (workspace.results / "summary.tsv").read_text().count("PASS") == 4
    assert run.text.rstrip().splitlines()[-1].startswith("toy")


def test_a_failed_step_stops_its_branch_only(workspace: Workspace) -> None:
    """BROKEN stands in the block's own file, so step 1 fails first."""
    break_block(workspace)
    run = workspace.run()
    assert run.code != 0
    toy = workspace.results / "toy"
    verdict = toy / "steps/step_1_model_to_layers/verification_result.json"
    assert "says BROKEN" in verdict.read_text()
    assert not (toy / "steps" / BLOCK).exists()
    assert not (toy / "level_1_fusion/attention.py").exists()
    assert (workspace.results / "pair/verification/PASS").exists()
    last = run.text.rstrip().splitlines()[-4:]
    assert last[0] == "FAIL  toy  step_1_model_to_layers"
    assert "numerical_comparison" in last[1] and "BROKEN" in last[2] and "next" in last[3]


def test_siblings_of_a_failed_step_finish(workspace: Workspace) -> None:
    """The kernel softmax breaks step(attention); everything else of the model is judged."""
    workspace.edit("models/toy.py", "softmax (kernel):", "softmax (kernel): | BROKEN")
    run = workspace.run()
    assert run.code != 0
    steps = workspace.results / "toy" / "steps"
    passed = {path.parent.name for path in steps.glob("*/PASS")}
    assert passed == {path.name for path in steps.iterdir()} - {"step_3_attention_to_kernels"}
    assert len(passed) == 5
    assert not (workspace.results / "toy/composition").exists()


def test_descendants_do_not_start(workspace: Workspace) -> None:
    """step(stem) fails through its pool: its fusion is not decomposed, although block shares it."""
    workspace.edit("models/toy.py", "pool (kernel):", "pool (kernel): | BROKEN")
    assert workspace.run().code != 0
    toy = workspace.results / "toy"
    assert not (toy / "steps/step_3_conv_relu_to_kernels").exists()
    assert (toy / "steps/step_3_attention_to_kernels/PASS").exists()


def test_no_false_green(finished: Workspace) -> None:
    """After a PASS, an edit that fails: the runs that follow without an edit fail too."""
    finished.edit("models/toy.py", "softmax (kernel):", "softmax (kernel): | BROKEN")
    for _ in range(3):
        run = finished.run()
        assert run.code != 0, run.text
        assert "step_3_attention_to_kernels" in run.text


def test_repair_runs_the_branch_and_its_ancestors(finished: Workspace) -> None:
    finished.edit("models/toy.py", "softmax (kernel):", "softmax (kernel): | BROKEN")
    assert finished.run().code != 0
    finished.edit("models/toy.py", " | BROKEN", "")
    run = finished.run()
    assert run.code == 0, run.text
    assert run.jobs["verify"] == run.jobs["step"] == 1
    assert run.jobs["component"] == 1
    assert run.jobs["selftest"] == 2  # softmax runs; attention's is read off its step's verdict
    assert run.jobs["certify"] == 4  # softmax, attention, block, toy


def test_a_self_test_that_fails_stops_the_steps_that_use_it(workspace: Workspace) -> None:
    workspace.edit("models/toy.py", "linear (kernel):", "linear (kernel): | UNRUNNABLE")
    run = workspace.run()
    assert run.code != 0
    assert "self-test" in run.text and "linear: it says so" in run.text
    assert not (workspace.results / "toy/steps/step_2_head_to_fusions/PASS").exists()


def test_a_verifier_that_dies_is_a_failed_verdict(workspace: Workspace) -> None:
    workspace.edit("models/toy.py", "softmax (kernel):", "softmax (kernel): | CRASH")
    for _ in range(2):
        run = workspace.run()
        assert run.code != 0
        assert "the job died" in run.text


def test_refused_and_crashing_models_do_not_stop_the_others(workspace: Workspace) -> None:
    workspace.model("refused", "REFUSE")
    workspace.model("crashing", "DIE")
    for _ in range(2):
        run = workspace.run()
        assert run.code != 0
        words = " ".join(run.text.split())
        assert "what no Model where refused.py expected a class found none" in words, run.text
        assert "planning ended without a plan" in run.text
        assert (workspace.results / "toy/verification/PASS").exists()


def test_a_giant_is_refused_with_the_numbers(workspace: Workspace) -> None:
    workspace.model("giant", PAIR.replace("first (kernel):", "first (kernel): | GIANT"))
    run = workspace.run(config="models=['*'] memory_limit=3000")
    assert run.code != 0
    assert "at most 3000 MB" in run.text and "about 5000 MB needed" in run.text
    assert (workspace.results / "toy/verification/PASS").exists()


def test_a_kernel_is_a_model_too(workspace: Workspace) -> None:
    workspace.model("1 odd-name", "softmax (kernel):\n")
    run = workspace.run(config="models=['1*']")
    assert run.code == 0, run.text
    assert (workspace.results / "1 odd-name/steps/step_1_model_to_kernel/PASS").exists()
