"""An edit costs what it touches, counted in jobs."""

import shutil

import pytest
from workspace import PAIR, Workspace

PLANNING = {"plan", "plans", "all"}


def test_nothing_changed(finished: Workspace) -> None:
    run = finished.run()
    assert run.code == 0
    assert not run.jobs and "Nothing to be done" in run.text


def test_a_comment_in_a_model_is_planned_again_and_no_more(finished: Workspace) -> None:
    finished.edit("models/toy.py", "head (layer)", "# a comment\nhead (layer)")
    run = finished.run()
    assert run.code == 0
    assert set(run.jobs) <= PLANNING and run.jobs["plan"] == 1
    assert not finished.run().jobs


def test_the_same_bytes_from_another_decomposer(finished: Workspace) -> None:
    finished.edit("workflow/scripts/emit_component.py", 'EXTRA = ""', 'EXTRA = "" * 2')
    run = finished.run()
    assert run.code == 0
    assert set(run.jobs) <= PLANNING and run.jobs["plan"] == 2


def test_other_bytes_from_another_decomposer(finished: Workspace) -> None:
    finished.edit("workflow/scripts/emit_component.py", 'EXTRA = ""', 'EXTRA = "; other"')
    run = finished.run()
    assert run.code == 0, run.text
    assert run.jobs["component"] == 16 and run.jobs["verify"] == 7


def test_another_verifier_judges_and_emits_nothing(finished: Workspace) -> None:
    finished.edit("workflow/scripts/verify_step.py", "stand-in", "another stand-in")
    run = finished.run()
    assert run.code == 0
    assert run.jobs["verify"] == 7 and run.jobs["selftest"] == 16
    assert not {"component", "step", "plan"} & set(run.jobs)


def test_trials_and_tolerance_are_judged_again(finished: Workspace) -> None:
    run = finished.run(config="models=['*'] trials=4")
    assert run.code == 0
    assert run.jobs["verify"] == 7
    assert run.jobs["selftest"] == 7  # of the parents, read off their steps; no kernel runs again
    assert not {"component", "step", "plan"} & set(run.jobs)


def test_one_layer_changed(finished: Workspace) -> None:
    finished.edit("models/toy.py", "linear (kernel):", "linear (kernel): | wider")
    run = finished.run()
    assert run.code == 0
    assert run.jobs["component"] == run.jobs["verify"] == 1
    assert run.jobs["certify"] == 3  # linear, head, toy


def test_a_model_added(finished: Workspace) -> None:
    finished.model("other", PAIR)
    run = finished.run()
    assert run.code == 0
    assert run.jobs["plan"] == run.jobs["step"] == 1 and run.jobs["component"] == 3


def test_a_renamed_class(finished: Workspace) -> None:
    finished.edit("models/toy.py", "attention", "attending")
    run = finished.run()
    assert run.code == 0, run.text
    assert run.jobs["component"] == 1
    assert run.jobs["step"] == run.jobs["verify"] == 2  # its own, and its parent's, which names it
    assert run.jobs["certify"] == 3  # attending, block, toy


@pytest.mark.slow
def test_one_model_added_to_a_hundred(workspace: Workspace) -> None:
    """And one of them is bad: it stops nobody, and costs nothing again."""
    for number in range(98):
        workspace.model(f"pair_{number:02}", PAIR)
    workspace.edit("models/pair_07.py", "second (kernel):", "second (kernel): | BROKEN")
    assert workspace.run().code != 0
    summary = (workspace.results / "summary.tsv").read_text(encoding="utf-8")
    assert summary.count("\tPASS\t") > 99 and len(summary.splitlines()) == 101
    workspace.edit("models/pair_07.py", " | BROKEN", "")
    assert workspace.run().code == 0
    assert not workspace.run().jobs
    workspace.model("one_more", PAIR)
    run = workspace.run()
    assert run.code == 0
    assert run.jobs["plan"] == run.jobs["step"] == run.jobs["verify"] == 1
    assert run.jobs["component"] == run.jobs["certify"] == 3


def test_what_a_plan_no_longer_holds_goes_away(finished: Workspace) -> None:
    finished.edit("models/toy.py", "attention", "attending")
    run = finished.run()
    assert run.code == 0, run.text
    toy = finished.results / "toy"
    assert not (toy / "steps/step_3_attention_to_kernels").exists()
    assert (
        not list(toy.glob("*/attention.json"))
        and not (toy / "level_1_fusion/attention.py").exists()
    )


def test_a_missing_file_is_made_again(finished: Workspace) -> None:
    toy = finished.results / "toy"
    for victim in ("level_0_kernel/softmax.py", "steps/step_3_attention_to_kernels/refactored.py"):
        before = (toy / victim).read_bytes()
        (toy / victim).unlink()
        assert finished.run().code == 0
        assert (toy / victim).read_bytes() == before
    shutil.rmtree(toy / "steps/step_3_attention_to_kernels")
    assert finished.run().code == 0
    assert (toy / "steps/step_3_attention_to_kernels/children/softmax.py").exists()


def test_a_missing_copy_is_made_again(finished: Workspace) -> None:
    copy = finished.results / "toy/steps/step_3_attention_to_kernels/children/softmax.py"
    copy.unlink()
    assert finished.run().code == 0
    assert copy.exists()
    assert not finished.run().jobs


def test_a_component_can_be_asked_for_by_name(workspace: Workspace) -> None:
    run = workspace.run("results/toy/level_1_fusion/attention.py")
    assert run.code == 0, run.text
    assert (workspace.results / "toy/steps/step_1_model_to_layers/PASS").exists()
    assert not (workspace.results / "toy/steps/step_2_head_to_fusions").exists()
    assert not (workspace.results / "pair/steps").exists()
