"""The worker of the original: state, inputs, trials. It alone decides what the trials are."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .accounting import summary
from .draws import Distribution
from .forward import run_forward
from .inputs import Inputs
from .loading import load_original
from .modes import record_forward
from .recording import Recording
from .runtime import build_model, flat_tensors, prepare_runtime
from .scratch import remove
from .seeds import seed_of
from .settings import GAINS, Settings
from .state import FreshState, named_state
from .telling import finite_share, moved, sample, telling_share
from .values import tensor_specs

REPEATED = Distribution("own, repeated", None)
SAME_RUN = ("computing", "arithmetic", "operations", "reads", "read")  # of a recorded forward
MAX_LOST = 0.01  # share of finite values that a trial may lose against the first one


class OriginalFailed(Exception):
    """The original itself cannot be run or judged."""


EVIDENCE, MOST_TRIALS = 64, 16  # discrete values of the outputs of all trials, and trials for them


class Trial(NamedTuple):
    """One forward of the original: what the others need to know of it, and a sample of every output."""

    told: dict[str, Any]
    samples: list[torch.Tensor]


class Reference:
    """Runs the original. One request does everything; the files stay for the other worker.

    Large inputs do not: another worker of this kind makes those of one trial again.
    """

    def __init__(self, settings: Settings, text: str, folder: Path, careful: bool = False) -> None:
        self.settings, self.folder = settings, folder
        self.careful = careful  # stay near the file's own inputs: redrawn ones killed the process
        self.counter = 0
        self.record: dict[str, Any] = {}
        self.ran_alike = True
        prepare_runtime(settings.threads)
        refactored = settings.refactored.resolve()
        self.module = load_original(text, settings.original.resolve(), refactored.parent)
        for name in ("Model", "get_inputs"):
            if not hasattr(self.module, name):
                raise OriginalFailed(f"the original has no {name}")
        self.inputs = Inputs(self.module.get_inputs, folder, settings.seed, careful)

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        if "again" not in request:
            return self.all_trials(request["recalled"])
        with torch.no_grad():
            self.make_again(request["index"], request["again"])
        return {}

    def all_trials(self, known: dict[str, Any] | None) -> dict[str, Any]:
        """Draw state and inputs, and run every trial that is not known."""
        torch.manual_seed(seed_of(self.settings.seed, "init"))
        self.model = build_model(self.module)
        self.model.requires_grad_(False)  # as on the other side: matmul chooses its kernel by it
        self.state = FreshState(self.model, self.folder / "state", self.settings.seed)
        with torch.no_grad():
            if known:
                return self.recall(known)
            gain, trials = self.powered_trials()
            while len(trials) < self.wanted_trials(trials[0]):
                trials.append(self.trial(len(trials), trials[0]))
        return {
            "gain": gain,
            "low_power": gain is None,
            "state": self.state.layout,
            "ties": self.state.groups,
            "trials": [trial.told for trial in trials],
            "record": self.record,
        }

    def wanted_trials(self, first: Trial) -> int:
        """More than were asked for, where all that comes out is a few integers or booleans: each says little."""
        values = tensor_specs(first.told["outputs"])
        if any(spec["dtype"].startswith(("float", "bfloat", "complex")) for spec in values):
            return self.settings.trials
        count = sum(math.prod(spec["shape"]) for spec in values)
        return max(self.settings.trials, min(MOST_TRIALS, -(-EVIDENCE // count) if count else 0))

    def recall(self, known: dict[str, Any]) -> dict[str, Any]:
        """State and inputs of trials whose outputs are known from an earlier run."""
        if known["gain"] is None:
            self.state.restore(named_state(self.model))
        else:
            self.state.draw(known["gain"])
        for index, trial in enumerate(known["trials"]):
            if not trial["drawn"]:
                self.make_again(index, trial)
        return known | {"state": self.state.layout, "ties": self.state.groups}

    def make_again(self, index: int, trial: dict[str, Any]) -> None:
        """The inputs of a trial that has run."""
        wanted: Distribution | None = self.inputs.first_choice(index)
        while wanted is not None and wanted.name != trial["distribution"]:
            wanted = wanted.fallback
        _, drawn = self.inputs.write(trial["file"], index, wanted or REPEATED)
        if drawn != trial["drawn"]:
            raise OriginalFailed("get_inputs() gives other inputs for the same seed of torch")

    def powered_trials(self) -> tuple[float | None, list[Trial]]:
        """The first gain whose first two trials are finite and tell two inputs apart."""
        for gain in gains_for(self.model):
            self.state.draw(gain)
            trials = self.first_trials()
            if trials and self.has_power(trials):
                return gain, trials
            for trial in trials:
                self.discard(trial)
        self.state.restore(named_state(build_model(self.module, own_values=True)))
        trials = self.first_trials()
        if not trials:
            raise OriginalFailed("the original's output is not finite on its own inputs")
        return None, trials

    def first_trials(self) -> list[Trial]:
        first = self.trial(0, None)
        if self.settings.trials == 1 or not first.told["finite"]:
            return [first] if first.told["finite"] else []
        return [first, self.trial(1, first)]

    def has_power(self, trials: list[Trial]) -> bool:
        """Whether two inputs move some output by at least POWER tolerances."""
        if len(trials) < 2 or not tensor_specs(trials[0].told["inputs"]):
            return True
        return any(
            moved(one, two, self.settings)
            for one, two in zip(trials[0].samples, trials[1].samples, strict=False)
        )

    def trial(self, index: int, first: Trial | None) -> Trial:
        """One counted trial; a distribution that the original refuses is replaced."""
        wanted: Distribution | None = self.inputs.first_choice(index)
        while self.careful and wanted and wanted.fallback and wanted.fallback.fallback:
            wanted = wanted.fallback  # down to the last but one, which is near the file's own
        while wanted is not None:
            try:
                trial = self.forward(index, wanted)
                lost = first is not None and trial.told["finite"] < first.told["finite"] - MAX_LOST
                if not lost and (not wanted.alike or self.ran_alike):
                    return trial
                self.discard(trial)
            except Exception as error:
                if wanted.fallback is None:
                    raise
                if isinstance(error, OriginalFailed) or is_out_of_memory(error):
                    raise
            wanted = wanted.fallback
        assert first is not None
        return self.forward(index, REPEATED)

    def forward(self, index: int, wanted: Distribution) -> Trial:
        """Write the inputs, run the model on private copies of them, write the outputs."""
        self.counter += 1
        name = f"original{index}.{self.counter}"
        inputs, drawn = self.inputs.write(name, index, wanted)
        self.state.assign()
        output, told = run_forward(
            self.model, self.state.state, self.state.groups, self.folder / f"{name}.in", inputs,
            self.folder / name, (self.settings.seed, index),
            lambda given: self.recorder(index, given, wanted.alike), self.settings.keep_large,
        )  # fmt: skip
        values = flat_tensors(output)
        told |= {"distribution": wanted.name, "inputs": inputs, "drawn": drawn}
        told |= {"finite": finite_share(values), "telling": telling_share(values)}
        if drawn:
            self.inputs.drop(name)
        return Trial(told, [sample(value) for value in values])

    @contextlib.contextmanager
    def recorder(
        self, index: int, given: list[torch.Tensor], alike: bool
    ) -> Iterator[Recording | None]:
        """The first forward is recorded, and any that has to run the same operations."""
        if index > 0 and not alike:
            yield None
            return
        files = {str(self.settings.original.resolve())}
        state = named_state(self.model)
        with record_forward(state, given, files, {}) as recording:
            yield recording
        found = summary(recording)
        self.record = self.record if index else found
        self.ran_alike = all(found[kind] == self.record[kind] for kind in SAME_RUN)

    def discard(self, trial: Trial) -> None:
        """A trial that does not count leaves no files."""
        self.inputs.drop(trial.told["file"])
        for suffix in ("out", "changed"):
            remove(self.folder / f"{trial.told['file']}.{suffix}")


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory was asked for that is not there; torch says so with an error of no class of its own."""
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def gains_for(model: torch.nn.Module) -> tuple[float, ...]:
    """Gains in the order of trying. Deep stacks of ReLU without norms lose a signal at gain 1."""
    kinds = [type(module).__name__.lower() for module in model.modules()]
    fading = sum("relu" in kind for kind in kinds) >= 6 and not any("norm" in k for k in kinds)
    return tuple(sorted(GAINS, key=lambda gain: gain == GAINS[0])) if fading else GAINS
