# ruff: noqa: E501 (a table of replacements)
"""Lies in what may be written in other words."""

from honest_words import LEVEL, R
from lies_steps import CHILD, StepLie, one

FC = CHILD.format("fc")
CALLS = "a kernel shows one computing call"


def summed(name: str, *changes: tuple[str, str], before: str = "", reason: str = CALLS) -> StepLie:
    """A sum that a kernel hides as one of numbers: ``name + name``."""
    lines = f"{before}y = {name} + {name}\n        y = y + y\n        return self.fc(y)"
    return StepLie(
        "two_kernels", [(FC, "return self.fc(x)", lines), *((FC, *c) for c in changes)], reason
    )


def at_the_top(line: str, use: str, reason: str) -> StepLie:
    """A constant for inputs alone, used by forward."""
    changes = [("class RefactoredModel", f"{line}\n\n\nclass RefactoredModel"), ("self.fc(x)", use)]
    return StepLie("two_kernels", [(R, *change) for change in changes], reason)


def kept(line: str, use: str, reason: str) -> StepLie:
    """Something at the top of a kernel, used by its forward."""
    changes = [
        ("class Model", f"{line}\n\n\nclass Model"),
        ("return self.fc(x)", f"{use}\n        return self.fc(x)"),
    ]
    return StepLie("two_kernels", [(FC, *change) for change in changes], reason)


def twice(name: str, how: str) -> StepLie:
    """A kernel with a method that does more, and a way to it."""
    return StepLie(
        "two_kernels",
        [
            (
                FC,
                "self.fc = nn.Linear(8, 8)",
                f"self.fc = nn.Linear(8, 8)\n        self.{name}({'x=None' if name == 'more' else 'self.more'})",
            ),
            (
                FC,
                FORWARD,
                f"    def more(self, x):\n        return x if x is None else F.relu(F.relu(x))\n\n{FORWARD}",
            ),
            (FC, "return self.fc(x)", how),
        ],
        "a kernel has no method more",
    )


FORWARD = "    def forward"
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
    "size_that_becomes_a_tensor": summed("n", before="n = x.shape[0]\n        n = x\n        "),
    "size_among_two_targets": summed("n", before="n = 1\n        n = m = x\n        "),
    "size_that_a_tensor_is_added_to": summed("n", before="n = 1\n        n += x\n        "),
    "argument_with_the_name_of_a_number": summed("x", ("def __init__(self)", "def __init__(self, x=1)")),
    "argument_with_the_name_of_an_attribute": summed("x", ("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.x = 1")),
    "tensor_called_shape": summed("self.shape", ("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.shape = nn.Parameter(torch.ones(2, 8))")),
    "module_called_size": summed("self.size(x)", ("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.size = nn.ReLU()")),
    "tensor_called_math": summed("math.sqrt()", ("self, x", "self, math"), reason="forward hides the name math"),
    "least_number_added": StepLie("two_kernels", [(FC, "self.fc(x)", "self.fc(x + torch.finfo(x.dtype).tiny)")], CALLS),
    "two_under_no_grad": StepLie("two_kernels", [(FC, "    def forward", "    @torch.no_grad()\n    def forward"), (FC, "self.fc(x)", "F.relu(self.fc(x))")], CALLS),
    "data_replaced": one("two_kernels", "fc", "self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.fc.weight.data = torch.ones(8, 8)", "is assigned outside the constructor"),
    "data_in_forward": one("two_kernels", "fc", "self.fc(x)", "self.fc(x.data)", ".data may not be used"),
    "history_through_data": one("two_kernels", "fc", "self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        y = self.fc.weight.data.grad_fn", ".grad_fn may not be used"),
    "bits_by_a_dtype": at_the_top("DTYPE = torch.int32", "self.fc(x).view(DTYPE)", "DTYPE is not bound here"),
    "indexed_by_a_list": at_the_top("ROWS = [0, 1]", "self.fc(x)[ROWS]", "ROWS is not bound here"),
    "dtype_of_the_model": one("two_kernels", R, "self.relu = Relu()", "self.relu = Relu()\n        self.dtype = torch.int32", "is not a child of this step"),
    "list_of_children_for_a_child": one("two_kernels", R, "self.fc = Fc()", "fcs = [Fc()]\n        self.fc = Fc(fcs)", "is not a child of this step"),
    "list_of_children_as_a_number": one("two_kernels", R, "self.fc = Fc()", "fcs = [Fc()]\n        self.all = nn.ModuleList([Fc(fcs) for fcs in range(2)])\n        self.fc = Fc(fcs)", "hides the name fcs"),
    "list_of_other_modules": one("two_kernels", R, "self.fc = Fc()", "fcs = [nn.ReLU()]\n        self.fc = Fc()", "__init__ may only make children"),
    "list_kept_at_the_top": kept("SEEN = [0]", "SEEN.append(1)", "SEEN is a list"),
    "list_kept_by_its_place": kept("SEEN = [0]", "SEEN[0] = x", "SEEN is a list"),
    "dict_kept_at_the_top": kept('SEEN = {"n": 0}', 'SEEN["n"] = x', "may not stand at module level"),
    "dict_looked_up_and_kept": kept('SEEN = {"n": 0}', 'y = SEEN["n"]\n        z = SEEN', "may not stand at module level"),
    "class_kept_at_the_top": kept("class Seen:\n    n = 0", "Seen.n = x", "assigned outside the constructor"),
    "class_with_a_method": kept("class Seen:\n    n = 0\n\n    def f(self):\n        return 1", "y = Seen.n", "must derive from nn.Module"),
    "class_with_two_names_and_a_line": kept("class Seen:\n    a = b = 0\n    print(1)", "y = Seen.a", "must derive from nn.Module"),
    "guard_that_opens": kept("", 'if x.dim() != 2:\n            raise open("x", "w")', "open may not stand"),
    "applied_in_forward": kept("", "self.apply(print)", "self.apply is not made by this file"),
    "parameters_in_forward": kept("", "y = list(self.parameters())", "self.parameters is not made by this file"),
    "method_of_a_kernel_called": twice("more", "return self.more(self.fc(x))"),
    "method_of_a_kernel_applied_and_called": twice("apply", "return self.more(self.fc(x))"),
    "method_of_a_kernel_by_another_self": twice("more", "me = self\n        return me.more(self.fc(x))"),
    "forward_by_a_self_test": StepLie("two_kernels", [(FC, "class Model", "def main(x):\n    return torch.tanh(x)\n\n\nclass Model"), (FC, "self.fc(x)", "self.fc(main(x))")], "main|a kernel shows one computing call"),
    "try_of_two_children": StepLie("two_kernels", [(R, "from fc import Model as Fc", "try:\n    from fc import Model as Fc\nexcept ImportError:\n    from relu import Model as Fc")], "may not stand at module level"),
    "try_that_does_more": StepLie("two_kernels", [(R, "from fc import Model as Fc", "try:\n    from fc import Model as Fc\nexcept ImportError:\n    torch.relu = None")], "may not stand at module level"),
    "list_under_two_names": one("two_kernels", R, "return self.relu(self.fc(x))", "a = []\n        b = a\n        a.append(x)\n        if b[0] > 0:\n            x = x\n        return self.relu(self.fc(x))", "may not stand in forward"),
    "bias_left_out_of_the_rows": one("multihead_attention_by_hand", CHILD.format("qkv"), "F.linear(x, self.in_proj_weight, self.in_proj_bias)", "F.linear(x, self.in_proj_weight)", "in_proj_bias"),
    "linear_of_other_rows": one("multihead_attention_by_hand", CHILD.format("out"), "self.out_proj(x)", "self.out_proj(x.repeat(1, 2, 1)[:, :6])", CALLS),
    "map_from_both_sides": StepLie("map_from_the_side_of_the_original", [("weight_map.json", '"fc.weight": "fc.fc.weight"', '"fc.fc.weight": "fc.weight"')], "names fc.bias, which the refactored model does not have"),
    "list_grown_under_another_name": one("two_kernels", R, "return self.relu(self.fc(x))", "a = []\n        b = a\n        b += [x]\n        y = a[0] ** 2\n        return self.relu(self.fc(x))", "computes outside a child"),
    "list_named_in_a_comprehension": one("two_kernels", R, "return self.relu(self.fc(x))", "a = []\n        for b in [a for _ in range(1)]:\n            b += [x]\n        y = a[0] ** 2\n        return self.relu(self.fc(x))", "computes outside a child"),
    "list_set_to_a_value": one("two_kernels", R, "return self.relu(self.fc(x))", "a = [1]\n        a[0] = x\n        y = a[0] ** 2\n        return self.relu(self.fc(x))", "computes outside a child"),
    "list_set_where_a_mask_says": one("two_kernels", R, "return self.relu(self.fc(x))", "a = [1]\n        a[x] = 1\n        return self.relu(self.fc(x))", "indexing by x computes"),
    "list_extended_by_values": one("two_kernels", R, "return self.relu(self.fc(x))", "a = [1]\n        a.extend([x])\n        for b in a:\n            y = b ** 2\n        return self.relu(self.fc(x))", "computes outside a child"),
    "list_in_a_list": one("two_kernels", R, "return self.relu(self.fc(x))", "a = []\n        b = [a]\n        a.append(x)\n        y = b[0][0] ** 2\n        return self.relu(self.fc(x))", "computes outside a child"),
    "child_given_to_a_method": StepLie("two_kernels", [(R, FORWARD, f"    def run(self, f, x):\n        return f(x)\n\n{FORWARD}"), (R, "self.fc(x)", "self.run(self.fc, x)")], "computes outside a child"),
    "method_that_computes": StepLie("two_kernels", [(R, FORWARD, f"    def run(self, x):\n        return x ** 2\n\n{FORWARD}"), (R, "self.fc(x)", "self.fc(self.run(x))")], "computes outside a child"),
    "method_that_grows_a_list": StepLie("two_kernels", [(R, FORWARD, f"    def run(self, outs, x):\n        outs.append(x)\n        return outs\n\n{FORWARD}"), (R, "self.fc(x)", "self.fc(self.run([], x)[0])")], "may not stand in forward"),
    "function_with_a_child": StepLie("two_kernels", [(R, "class RefactoredModel", "def run(x):\n    return Fc()(x)\n\n\nclass RefactoredModel"), (R, "self.fc(x)", "run(x)")], "computes outside a child"),
    "key_by_a_value": StepLie("two_kernels", [(R, "self.fc = Fc()", 'self.ops = nn.ModuleDict({"fc": Fc()})'), (R, "self.fc(x)", 'self.ops[f"{x}"](x)')], "computes outside a child"),
    "grown_by_another_module": one("two_kernels", R, "self.fc = Fc()", "fcs = []\n        fcs.append(nn.ReLU())\n        self.fc = Fc()", "is not a child of this step"),
}  # fmt: skip
