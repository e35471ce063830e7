# ruff: noqa: E501 (a table)
"""Honest work in other words: a step, and places in its files where a person writes it otherwise."""

from typing import NamedTuple

from honest_steps import BLOCK
from steps import LINEAR, Child, Step, layer

R, FILE = "refactored.py", "children/{}.py"
LEVEL = "Abstraction Level: kernel"
Changes = list[tuple[str, str, str]]


class Words(NamedTuple):
    """A step of ``STEPS`` or of another table, by name, and replacements in its files."""

    step: str
    changes: Changes


def same(name: str) -> tuple[str, Words]:
    """A step that is itself the case."""
    return name, Words(name, [])


def levels(text: str) -> Words:
    """The level of a kernel, written otherwise."""
    return Words(
        "two_kernels", [(FILE.format("fc"), LEVEL, text), (FILE.format("relu"), LEVEL, text)]
    )


GATE = "\n".join(f"self.{name} = nn.Linear(8, 8)" for name in ("gate", "up", "down"))
KVQ = "\n".join(f"self.{name} = nn.Linear(8, 8)" for name in "kvq")
CACHE = "[torch.randn(2, 1, 8), torch.randn(2, 5, 8)]"
THREE = f"[torch.randn(2, 1, 8), {', '.join(['torch.randn(2, 6, 8)'] * 2)}]"
BRANCHES = "\n".join(f"self.{name} = nn.Linear(8, 8)" for name in ("a1", "b1", "a2", "b2"))
STEPS = {
    "results_of_one_child_told_apart": Step(  # no weight map, and the original reads k first
        layer("k = torch.cat([c, self.k(x)], dim=1)\nv = torch.cat([c, self.v(x)], dim=1)\nreturn F.softmax(self.q(x) @ k.transpose(1, 2), dim=-1) @ v, (k, v)", KVQ, CACHE, "x, c"),
        {
            "project": Child("return self.q(x), self.k(x), self.v(x)", "\n".join(reversed(KVQ.split("\n"))), "[torch.randn(2, 1, 8)]", level="fusion"),
            "attend": Child("return F.softmax(q @ k.transpose(1, 2), dim=-1) @ v", inputs=THREE, args="q, k, v", level="fusion"),
        },
        "self.project = Project()\nself.attend = Attend()",
        "q, k, v = self.project(x)\nk = torch.cat([c, k], dim=1)\nv = torch.cat([c, v], dim=1)\nreturn self.attend(q, k, v), (k, v)",
    ),
    "like_branches_read_in_another_order": Step(
        layer("a = F.relu(self.a1(x))\nb = F.relu(self.b1(x))\nreturn self.a2(a) + self.b2(b)", BRANCHES),
        {"block": BLOCK, "fc": LINEAR},
        "self.a1 = Block()\nself.b1 = Block()\nself.a2 = Fc()\nself.b2 = Fc()",
        "b = self.b1(x)\na = self.a1(x)\nreturn self.a2(a) + self.b2(b)",
    ),
    "gate_as_a_fusion": Step(
        layer("return x + self.down(F.silu(self.gate(x)) * self.up(x))", GATE),
        {
            "pair": Child("return self.gate(x), self.up(x)", GATE.rpartition("\n")[0], level="fusion"),
            "silu": Child("return F.silu(g) * u", inputs="[torch.randn(2, 8), torch.randn(2, 8)]", args="g, u", level="fusion"),
            "last": Child("return x + self.down(h)", "self.down = nn.Linear(8, 8)", "[torch.randn(2, 8), torch.randn(2, 8)]", "x, h", "fusion"),
        },
        "self.pair = Pair()\nself.silu = Silu()\nself.last = Last()",
        "g, u = self.pair(x)\nreturn self.last(x, self.silu(g, u))",
    ),
}  # fmt: skip
WORDS = {
    **dict(same(name) for name in STEPS),
    "level_as_a_number": levels("Abstraction Level: 0"),
    "level_as_number_and_word": levels("Abstraction Level: 0 (kernel)"),
    "level_as_l0": levels("Abstraction Level: L0"),
    "level_as_l0_and_word": levels("Abstraction Level:  Level 0 - Kernel"),
}
