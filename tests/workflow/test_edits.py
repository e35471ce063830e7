"""Files in results/ that somebody edited by hand: judged, named, never overwritten in silence."""

from workspace import Run, Workspace


def edit(workspace: Workspace, file: str, text: str) -> None:
    path = workspace.results / "toy" / file
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def stopped(run: Run, name: str) -> bool:
    return run.code != 0 and f"edited  results of toy: {name}" in run.text


def test_a_broken_kernel_fails_its_step_again_and_again(finished: Workspace) -> None:
    kernel = "level_0_kernel/softmax.py"
    edit(finished, kernel, "BROKEN\n")
    for _ in range(3):
        run = finished.run()
        assert stopped(run, kernel), run.text
        assert "softmax.py says BROKEN" in run.text
    assert "BROKEN" in (finished.results / "toy" / kernel).read_text()
    (finished.results / "toy" / kernel).unlink()
    run = finished.run()
    assert run.code == 0, run.text
    assert run.jobs["verify"] == 1


def test_a_broken_copy_fails_its_step_until_it_is_repaired(finished: Workspace) -> None:
    copy = "steps/step_3_attention_to_kernels/children/softmax.py"
    before = (finished.results / "toy" / copy).read_text()
    edit(finished, copy, "BROKEN\n")
    for _ in range(3):
        run = finished.run()
        assert stopped(run, copy), run.text
    (finished.results / "toy" / copy).write_text(before)
    run = finished.run()
    assert run.code == 0, run.text
    assert run.jobs["verify"] == 1 and not run.jobs["step"]


def test_a_harmless_edit_is_stopped_too(finished: Workspace) -> None:
    refactored = "steps/step_2_head_to_fusions/refactored.py"
    edit(finished, refactored, "# a note\n")
    for _ in range(2):
        assert stopped(finished.run(), refactored)


def test_an_edit_survives_a_new_plan(finished: Workspace) -> None:
    kernel = "level_0_kernel/linear.py"
    edit(finished, kernel, "# mine\n")
    finished.edit("models/toy.py", "linear (kernel):", "linear (kernel): | wider")
    assert stopped(finished.run(), kernel)
    assert "# mine" in (finished.results / "toy" / kernel).read_text()


def test_an_edited_file_that_the_plan_no_longer_holds(finished: Workspace) -> None:
    fusion = "level_1_fusion/attention.py"
    edit(finished, fusion, "# mine\n")
    finished.edit("models/toy.py", "attention", "attending")
    run = finished.run()
    assert run.code != 0 and fusion in run.text
    assert (finished.results / "toy" / fusion).exists()
