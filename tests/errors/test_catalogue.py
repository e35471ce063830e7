"""Every error of the catalogue as a user meets it: one screen, what to do next, and the others finish.

To accept a change of the texts: PLUMBLINE_GOLDEN=write pytest tests/errors, then read the diff.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumbline.decomposer.plan import write_plan
from plumbline.pipeline import verdicts
from tests.errors.catalogue import CONFIGS, GOOD, NAMES, NARROW, REFUSED
from tests.workflow.workspace import Run, Workspace, lay_out

HERE = Path(__file__).parent
SCREEN = 24  # lines
OURS = re.compile(r"plumbline/|site-packages|\.snakemake/|Traceback(?! \(most recent call last\))")


def golden(name: str, text: str = "") -> str:
    """The text kept for `name`, after writing this one if that is asked for."""
    path = HERE / f"{name}.txt"
    if text and os.environ.get("PLUMBLINE_GOLDEN") == "write":
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").rstrip()


def plain(text: str) -> str:
    """Without what differs from machine to machine and from run to run."""
    text = re.sub(r"at most \d+ MB", "at most N MB", text)
    return re.sub(r"differs by up to \S+", "differs by up to N", text)


def message(run: Run) -> str:
    """What stands at the end of the run, below the table."""
    return plain(run.text.rstrip().rpartition("\n\n")[2])


@pytest.mark.parametrize("name", REFUSED)
def test_the_text_of_a_refusal(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planned without the workflow, in a moment: the terminal shows the same, as the tests below say."""
    monkeypatch.chdir(tmp_path)
    file = Path("models", f"{name}.py")
    file.parent.mkdir()
    file.write_bytes(REFUSED[name])
    error = write_plan(file, tmp_path / "plan", seed=0)["error"]
    text = plain(verdicts.refusal(error).lines(name))
    assert text == golden(name, text)
    assert not OURS.search(text)
    assert len(text.splitlines()) <= SCREEN - 8


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Run]]:
    """All bad model files and odd names in one folder, beside a good one."""
    workspace = lay_out(tmp_path_factory.mktemp("together"), stand_ins=False)
    workspace.model("good", GOOD)
    for name in NAMES:
        workspace.model(name, NARROW)
    for name, content in REFUSED.items():
        (workspace.path / "models" / f"{name}.py").write_bytes(content)
    yield workspace, workspace.run()


def rows(run: Run) -> dict[str, str]:
    """Model -> status, from the table."""
    found = re.findall(r"^(\S.*?)  +(PASS|FAIL|refused)\b", run.text, re.MULTILINE)
    return dict(found)


def test_nothing_else_is_stopped(together: tuple[Workspace, Run]) -> None:
    _, run = together
    assert run.code != 0
    expected = dict.fromkeys(["good", *NAMES], "PASS") | dict.fromkeys(REFUSED, "refused")
    assert {name: rows(run).get(name) for name in expected} == expected, run.text


def test_every_message_stands_at_the_end(together: tuple[Workspace, Run]) -> None:
    _, run = together
    for name in REFUSED:
        assert golden(name) in message(run), message(run)
    assert not OURS.search(run.text), run.text


def test_it_is_the_same_in_the_next_run(together: tuple[Workspace, Run]) -> None:
    """Refused models are not planned again, and the exit code says so again."""
    workspace, first = together
    again = workspace.run()
    assert again.code != 0 and message(again) == message(first)
    assert not {"plan", "step", "verify"} & set(again.jobs)


def test_a_mended_model_is_all_that_runs(together: tuple[Workspace, Run], tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "copy")
    shutil.copytree(together[0].path, workspace.path, symlinks=True)
    workspace.model("syntax_error", GOOD)
    run = workspace.run()
    assert rows(run)["syntax_error"] == "PASS", run.text
    assert run.jobs["plan"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_one_bad_file_beside_a_good_one(name: str, tmp_path: Path) -> None:
    workspace = lay_out(tmp_path, stand_ins=False)
    workspace.model("good", GOOD)
    (workspace.path / "models" / f"{name}.py").write_bytes(REFUSED[name])
    run = workspace.run()
    assert run.code != 0 and rows(run) == {"good": "PASS", name: "refused"}
    assert message(run) == golden(name)
    assert len(run.text.splitlines()) <= SCREEN, run.text


@pytest.mark.parametrize("name", CONFIGS)
def test_a_wrong_config(name: str, tmp_path: Path) -> None:
    workspace = lay_out(tmp_path, stand_ins=True)
    workspace.model("good", GOOD)
    (workspace.path / "empty").mkdir()
    run = workspace.run(config=CONFIGS[name])
    assert run.code != 0
    text = run.text[run.text.index("Error in the configuration") :].replace(str(tmp_path), ".")
    assert text.rstrip() == golden(name, text)
    assert not OURS.search(run.text) and len(run.text.splitlines()) < 12


def test_an_edited_result_is_not_overwritten(
    together: tuple[Workspace, Run], tmp_path: Path
) -> None:
    """The model is edited afterwards, so that the pipeline would write the file again."""
    workspace = Workspace(tmp_path / "copy")
    shutil.copytree(together[0].path, workspace.path, symlinks=True)
    for name in (*REFUSED, *NAMES):
        (workspace.path / "models" / f"{name}.py").unlink()
    workspace.model("other", GOOD)
    workspace.model("good", NARROW)
    kernel = workspace.results / "good" / "level_0_kernel" / "good.py"
    kernel.write_text(kernel.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    run = workspace.run()
    assert run.code != 0 and rows(run)["other"] == "PASS", run.text
    assert kernel.read_text(encoding="utf-8").endswith("# mine\n")
    assert message(run) == golden("edited_result", message(run))
    assert not OURS.search(run.text)
