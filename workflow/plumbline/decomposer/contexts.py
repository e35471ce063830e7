"""Modes around a call that change what it computes: noted down, entered again, printed.

with torch.autocast("cpu", dtype=torch.bfloat16): h = self.fc(x)    ->    context ("autocast:torch.bfloat16",)
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from .errors import Refusal
from .graph import leaves
from .sources import caller

Context = tuple[str, ...]


def current() -> Context:
    """The modes that are on. Raises Refusal for one that has no printed form."""
    return (
        (f"autocast:{torch.get_autocast_dtype('cpu')}",) if torch.is_autocast_enabled("cpu") else ()
    )


def of_call(
    call: Callable[[], Any], result: Any, written: bool, generator: torch.Tensor
) -> Context:
    """The modes that are on, where they change what `call` gives: found by calling it again without them.

    `generator` is the state of the random numbers before the call. What writes in place is never changed by autocast.
    """
    context = current()
    if not context or written:
        return ()
    after = torch.get_rng_state()
    torch.set_rng_state(generator)
    try:
        with torch.autocast("cpu", enabled=False):
            again = call()
    except RuntimeError:  # mixed dtypes, without autocast
        return context
    finally:
        torch.set_rng_state(after)
    return () if _equal(result, again) else context


def _equal(one: Any, other: Any) -> bool:
    tensors = [[t for t in leaves(tree) if isinstance(t, torch.Tensor)] for tree in (one, other)]
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(*tensors, strict=True))


@contextlib.contextmanager
def entered(context: Context) -> Iterator[None]:
    """Run something under the modes of a call."""
    with contextlib.ExitStack() as stack:
        for mode in context:
            dtype = getattr(torch, mode.rsplit(".", 1)[-1])
            stack.enter_context(torch.autocast("cpu", dtype=dtype))
        yield


def header(context: Context) -> str:
    """The `with` line that stands above the calls."""
    modes = ", ".join(f'torch.autocast("cpu", dtype={mode.partition(":")[2]})' for mode in context)
    return f"with {modes}:"


Backends = tuple[bool, ...]


def backends() -> Backends:
    """Which ways of computing attention may be chosen."""
    return (
        torch.backends.cuda.flash_sdp_enabled(),  # type: ignore[no-untyped-call]
        torch.backends.cuda.mem_efficient_sdp_enabled(),  # type: ignore[no-untyped-call]
        torch.backends.cuda.math_sdp_enabled(),  # type: ignore[no-untyped-call]
    )


def check_backends(before: Backends) -> None:
    """Refuse a call under `sdpa_kernel`: its choice would be lost."""
    if backends() != before:
        source = caller()
        raise Refusal(
            "forward chooses how attention is computed",
            f"{source}: {source.text}",
            "scaled_dot_product_attention outside of sdpa_kernel()",
            f"flash, memory-efficient, math: {backends()} instead of {before}",
            "call scaled_dot_product_attention without choosing, or write the attention out",
        )
