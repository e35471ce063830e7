"""Operations that no torch function asked for: what vmap, TorchScript and gradients hand to the dispatcher.

torch.vmap(torch.dot)(x, y)    ->    unsqueeze, unsqueeze, bmm, squeeze, squeeze: on whole tensors, as they ran
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Dispatched(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Hands every operation to `record` that runs while `inside()` no recorded call does."""

    def __init__(self, inside: Callable[[], bool], record: Callable[..., Any]):
        super().__init__()  # type: ignore[no-untyped-call]
        self.inside, self.record = inside, record

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: marking this mode for the compiler would import it, which takes a second."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Any = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self.inside():
            return func(*args, **kwargs)
        return self.record(func, args, kwargs)


def is_transformed() -> bool:
    """Whether a transformation of functions (vmap, grad) is under way: its tensors are not what they seem."""
    return torch._C._functorch.peek_interpreter_stack() is not None
