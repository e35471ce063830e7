"""A wrong config, or a wrong folder, is one screen that names the key."""

import pytest
from workspace import Workspace

CASES = {
    "trails=4": "unknown key trails (did you mean 'trials'?)",
    "trials=2": "trials: 2 is not a whole number, 3 or more",
    "seed=abc": "seed: 'abc' is not a whole number",
    "tolerance={'float23':[1,2]}": "unknown key tolerance.float23 (did you mean 'float32'?)",
    "tolerance={'float32':['1e-4',1]}": "tolerance.float32.0: '1e-4' is not",
    "models=['tyo']": "nothing in 'models' matches 'tyo' (did you mean 'toy'?)",
    "models_dir=nowhere": "there is no folder 'nowhere'",
    "models_dir=tmp": "the folder 'tmp' holds no model file",
}


@pytest.mark.parametrize("config, message", CASES.items(), ids=list(CASES))
def test_one_screen(workspace: Workspace, config: str, message: str) -> None:
    run = workspace.run(config=config)
    assert run.code != 0
    assert message in run.text
    assert "Traceback" not in run.text
    assert len(run.text.splitlines()) < 12
