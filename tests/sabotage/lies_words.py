# ruff: noqa: E501 (a table of replacements)
"""Lies in what may be written in other words."""

from honest_words import LEVEL, R
from lies_steps import CHILD, StepLie, one

SILU, LAST = CHILD.format("silu"), CHILD.format("last")
LIES = {
    "result_that_nobody_reads": StepLie("two_kernels", [(CHILD.format("fc"), "Level: kernel", "Level: fusion"), (CHILD.format("fc"), "return self.fc(x)", "return self.fc(x), torch.tanh(x)"), (R, "self.relu(self.fc(x))", "self.relu(self.fc(x)[0])")], "reaches no output"),
    "branches_crossed": one("like_branches_read_in_another_order", R, "self.a2(a) + self.b2(b)", "self.a2(b) + self.b2(a)", "numerical_comparison"),
    "kernel_as_a_fusion_by_its_own_scale": one("buffer", "scale", "Level: kernel", "Level: fusion", "fusion of 1 operations"),
    "arithmetic_unrelated_to_its_fusion": StepLie("gate_as_a_fusion", [(SILU, "return F.silu(g) * u", "return F.silu(g), u + x"), (SILU, "self, g, u", "self, g, u, x"), (SILU, "[torch.randn(2, 8), torch.randn(2, 8)]", "[torch.randn(2, 8), torch.randn(2, 8), torch.randn(2, 8)]"), (LAST, "return x + self.down(h)", "return self.down(x * h)"), (R, "return self.last(x, self.silu(g, u))", "a, b = self.silu(g, u, x)\n        return self.last(a, b)"), ("original.py", "x + self.down(F.silu(self.gate(x)) * self.up(x))", "self.down(F.silu(self.gate(x)) * (self.up(x) + x))")], "combines unrelated operations: silu and add"),
    "fusion_of_arithmetic_alone": StepLie("gate_as_a_fusion", [(LAST, "return x + self.down(h)", "return x + h - h")], "fusion of 0 operations"),
    "number_against_word": one("two_kernels", "fc", LEVEL, "Abstraction Level: 1 (kernel)", "unknown level"),
    "no_such_number": one("two_kernels", "fc", LEVEL, "Abstraction Level: 4", "unknown level"),
    "level_left_empty": one("two_kernels", "fc", LEVEL, "Abstraction Level:", "unknown level"),
    "numbered_kernel_of_two": StepLie("shared_child", [(CHILD.format("fc"), "return self.fc(x)", "return F.relu(self.fc(x))"), (CHILD.format("fc"), LEVEL, "Abstraction Level: L0"), (R, "self.relu(self.fc(x))", "self.fc(x)"), (R, "\n        self.relu = Relu()", "")], "a kernel shows one computing call"),
}  # fmt: skip
