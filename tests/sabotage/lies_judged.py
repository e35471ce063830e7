# ruff: noqa: E501 (tables of replacements, one a line)
"""Files that know when they are judged, that are another thing in the step than by themselves, or hide where no value is used."""

from lies_readers import BLOCK, CLASS, FC, RETURN, kept, member
from lies_steps import CHILD, R, StepLie, one
from steps import RELU, TANH, Child, Step, fusion, layer

RELU_FILE, FC_FILE = CHILD.format("relu"), CHILD.format("fc")
ONE_ROW, IDS, X = "[torch.randn(1, 8)]", "[torch.randint(0, 20, (2, 6))]", "[torch.randn(2, 8)]"
DRAWN, SEEN = "torch.ones(2).uniform_(3, 4)", "a random value is read"

PICK = "return torch.tanh(torch.where(m, {}, x))"


def seen(expression: str, before: str = "", reason: str = SEEN) -> StepLie:
    """A constructor that looks at what is not drawn where it is judged, and a forward that obeys."""
    made = f"{FC}\n        {before}{expression}"
    change = f"if self.n:\n            return x\n        {RETURN}"
    return StepLie("layer_of_fusions", [(BLOCK, FC, made), (BLOCK, RETURN, change)], reason)


def rows(*lines: str) -> StepLie:
    """get_inputs() of a kernel, with fewer rows where nobody judges."""
    text = "\n    ".join([*lines, "return [torch.randn(n, 8)]"])
    reason = "get_inputs()[0]: expected shape [2, 8]"
    return one("two_kernels", "relu", f"return {X}", text, reason)


def never(theirs: str, ours: str) -> StepLie:
    """A constant in a place that no value ever takes."""
    return StepLie(
        "never_taken",
        [
            ("original.py", "torch.tensor(5.0)", theirs),
            (CHILD.format("pick"), "torch.tensor(5.0)", ours),
        ],
        "missing operation where",
    )


def flagged(given: str, one_: str, two: str) -> StepLie:
    """A child that is told by a flag what it shall be."""
    return StepLie(
        "layer_of_fusions",
        [
            (BLOCK, X, f"[torch.randn(2, 8), {given}]"), (BLOCK, "self, x", "self, x, flag"),
            (BLOCK, RETURN, f"if flag != {given}:\n            {RETURN}\n        return torch.tanh(torch.exp(x))"),
            (R, "self.two(self.one(x))", f"self.two(self.one(x, {one_}), {two})"),
        ],
        f"gives {given.strip(chr(39))}, but the step gives",
    )  # fmt: skip


def at_import(line: str, reason: str) -> StepLie:
    """A self-test that changes torch wherever the file is imported."""
    return one("two_kernels", "relu", CLASS, f"{line}\n    pass\n\n\n{CLASS}", reason)


def invented(forward: str, operation: str) -> StepLie:
    """A kernel for an operation that the original does not have, and that changes nothing."""
    return StepLie(
        "invented_nothing",
        [
            (R, "\n        self.relu = Relu()", "\n        self.relu = Relu()\n        self.same = Same()"),
            (R, "self.relu(self.tanh(x))", "self.relu(self.same(self.tanh(x)))"),
            (CHILD.format("same"), "torch.tanh(x)", forward),
        ],
        f"extra operation {operation}",
    )  # fmt: skip


def helped(method: str, use: str, reason: str) -> StepLie:
    """A method of plumbing that is given something else than it takes it for."""
    return StepLie(
        "two_kernels",
        [
            (R, "    def forward", f"{method}\n\n    def forward"),
            (R, "return self.relu(self.fc(x))", use),
        ],
        reason,
    )


def turned(file: str, changes: list[tuple[str, str]], reason: str) -> StepLie:
    """Several places in one file of the two kernels."""
    return StepLie("two_kernels", [(file, *change) for change in changes], reason)


HALF = "    def middle(self, x, n):\n        return x + n // 2"
MODULES = "self.any = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])"
VECTORS = "[torch.randn(2, 8), torch.randn(8), torch.rand(8) + 1]"
NORM = "F.batch_norm(x, {}, None, None, True)"
STEPS = {
    "never_taken": Step(layer("return torch.tanh(torch.where(torch.exp(x) > 1e9, torch.tensor(5.0), x))"), {"large": Child("return torch.exp(x) > 1e9", level="fusion"), "pick": Child(PICK.format("torch.tensor(5.0)"), inputs="[torch.randn(2, 8) > 0, torch.randn(2, 8)]", args="m, x", level="fusion")}, "self.large = Large()\nself.pick = Pick()", "return self.pick(self.large(x), x)"),
    "places_overwritten": Step(fusion("y = ids.clone()\ny[y > 1000] = 0\nreturn self.table(y)", "self.table = nn.Embedding(20, 8)", IDS, "ids"), {"large": Child("return ids > 1000", inputs=IDS, args="ids"), "put": Child("ids[m] = 0\nreturn ids", inputs="[torch.randint(0, 20, (2, 6)), torch.randn(2, 6) > 0]", args="ids, m"), "table": Child("return self.table(ids)", "self.table = nn.Embedding(20, 8)", IDS, "ids")}, "self.large = Large()\nself.put = Put()\nself.table = Table()", "y = ids.clone()\nreturn self.table(self.put(y, self.large(y)))"),
    "invented_nothing": Step(fusion("return F.relu(torch.tanh(x))"), {"tanh": TANH, "relu": RELU, "same": TANH}, "self.tanh = Tanh()\nself.relu = Relu()", "return self.relu(self.tanh(x))"),
    "statistics_written": Step(fusion(f"return torch.tanh({NORM.format('m, v')})", inputs=VECTORS, args="x, m, v"), {"norm": Child(f"return {NORM.format('m, v')}", inputs=VECTORS, args="x, m, v"), "tanh": TANH}, "self.norm = Norm()\nself.tanh = Tanh()", "return self.tanh(self.norm(x, m, v))"),
    "weight_given_too": Step(fusion("return F.relu(self.fc(x)), self.fc.weight.clone()", "self.fc = nn.Linear(8, 8)"), {"fc": Child("return self.fc(x), self.fc.weight.clone()", "self.fc = nn.Linear(8, 8)"), "relu": RELU}, "self.fc = Fc()\nself.relu = Relu()", "y, w = self.fc(x)\nreturn self.relu(y), w"),
    "routed": Step(layer("i = torch.argmax(torch.tanh(x), -1)\nfound = torch.nonzero(i < 4)\nreturn torch.sin(x[found[:, 0]])", inputs="[torch.randn(12, 8)]"), {"best": Child("return torch.argmax(torch.tanh(x), -1)", inputs="[torch.randn(12, 8)]", level="fusion"), "found": Child("return torch.nonzero(i < 4)", inputs="[torch.arange(12)]", args="i", level="fusion"), "sine": Child("return torch.sin(x[i])", inputs="[torch.randn(12, 8), torch.arange(5)]", args="x, i", level="fusion")}, "self.best = Best()\nself.found = Found()\nself.sine = Sine()", "found = self.found(self.best(x))\nreturn self.sine(x, found[:, 0])"),
    "dropout_of_nothing": Step(fusion("return torch.tanh(F.dropout(x, 0, False))"), {"drop": Child("return F.dropout(x, 0, False)"), "tanh": TANH}, "self.drop = Drop()\nself.tanh = Tanh()", "return self.tanh(self.drop(x))"),
    "counts_whenever_called": Step(layer("x = torch.tanh(x + self.count.add_(1)[:1])\nreturn torch.tanh(x + self.count.add_(1)[:1])", 'self.register_buffer("count", torch.zeros(2))'), {"count": Child("return torch.tanh(x + self.count.add_(1)[:1])", 'self.register_buffer("count", torch.zeros(2))', level="fusion")}, "self.count = Count()", "return self.count(self.count(x))", {"count.count": "count"}),
    "slope": Step(fusion("return F.leaky_relu(torch.tanh(x), 0.25)"), {"tanh": TANH, "leaky": Child("return F.leaky_relu(x, 0.25)")}, "self.tanh = Tanh()\nself.leaky = Leaky()", "return self.leaky(self.tanh(x))"),
}  # fmt: skip
LEAKY = CHILD.format("leaky")
SLOPE = [
    (LEAKY, "(x, 0.25)", "(x, self.slope)"),
    (LEAKY, "        pass", "        self.slope = slope"),
]
TORCH = "torch.set_default_dtype(torch.float64)"
LIES = {
    # a constructor that knows that it is judged
    "value_not_drawn": seen(f"self.n = float({DRAWN}[0]) > 2"),
    "parameter_not_drawn": seen("self.n = float(p[0]) > 2", f"p = nn.Parameter({DRAWN})\n        "),
    "weight_not_drawn": seen("self.n = float(m(torch.ones(1, 1))) > 2", "m = nn.Linear(1, 1)\n        nn.init.uniform_(m.weight, 3, 4)\n        "),
    "copy_of_what_is_not_drawn": seen("self.n = int(t[0]) > 2", f"t = torch.zeros(2)\n        t[0] = {DRAWN}[0]\n        "),
    "written_where_asked": seen("self.n = int(t[0]) > 2", f"t = torch.zeros(2)\n        torch.exp({DRAWN}, out=t)\n        "),
    "rows_of_what_is_not_drawn": seen(f"self.n = ({DRAWN} > 2).nonzero().shape[0] > 0"),
    "masked_by_what_is_not_drawn": seen(f"self.n = torch.zeros(2)[{DRAWN} > 2].shape[0] > 0"),
    "split_by_what_is_not_drawn": seen(f"self.n = torch.zeros(8).tensor_split({DRAWN}.long())[0].shape[0] > 2"),
    "packed_by_what_is_not_drawn": seen(f"self.n = torch._pack_padded_sequence(torch.zeros(8, 2), {DRAWN}.long(), False)[0].shape[0] > 2"),
    "size_by_what_is_not_drawn": seen(f"self.n = torch.zeros(1).expand({DRAWN}.long()[0]).shape[0] > 2"),
    "place_by_what_is_not_drawn": seen(f"self.n = (0, 0, 0, 1, 1)[{DRAWN}.long()[0]]"),
    "found_in_what_is_not_drawn": seen(f"self.n = 1.0 not in {DRAWN}"),
    "compared_with_what_is_not_drawn": seen(f"self.n = not torch.equal({DRAWN}, torch.ones(2))"),
    "random_of_many": seen("self.n = float(torch.rand(1000).sum()) > 1"),
    "inputs_not_scaled": rows("n = 2 if float(torch.ones(1) * 2) == 1.0 else 1"),
    "inputs_scaled_in_place": rows("a = torch.ones(2)", "n = 2 if (a * 2) is a else 1"),
    "inputs_scaled_in_memory": rows("a = torch.ones(2)", "n = 2 if (a * 2).is_set_to(a) else 1"),
    "inputs_not_shifted": rows("n = 2 - (torch.zeros(2) + 1).nonzero().shape[0] // 2"),
    # what only a judge's memory shows
    "view_of_the_judge": member("_is_view", "n = x._is_view()", "._is_view may not be used"),
    "memory_by_a_private_name": member("_typed_storage _untyped_storage", "n = x._typed_storage()._untyped_storage[0]", "._typed_storage may not be used"),
    "base_of_a_view": member("_base", "n = x._base", "._base may not be used"),
    "address": StepLie("layer_of_fusions", [(BLOCK, RETURN, f"n = x.const_data_ptr()\n        {RETURN}")], ".const_data_ptr may not be used"),
    # state in a module of torch
    "iterator_in_a_module": kept("nn.Softmax(dim=enumerate((0,) * 99))", "for k in self.kept.dim:\n            break"),
    "generator_in_a_module": kept("nn.Softmax(dim=(i for i in range(99)))", "for k in self.kept.dim:\n            break"),
    "iterator_in_a_list_of_a_module": kept("nn.Softmax(dim=[zip(range(99))])", "for k in self.kept.dim[0]:\n            break"),
    # what runs where a file is imported
    "default_of_a_self_test": at_import(f"def main(d={TORCH}):", "is not a literal"),
    "decorator_of_a_self_test": at_import("@torch.set_default_dtype\ndef run_tests():", "run_tests has a decorator"),
    "annotation_of_a_self_test": at_import(f"def run_tests(d: {TORCH} = None):", "computes"),
    "self_test_of_the_parent": one("two_kernels", R, "class RefactoredModel", f"def main(d={TORCH}):\n    pass\n\n\nclass RefactoredModel", "is not a literal"),
    # another thing in the step than by itself
    "made_with_another_number": StepLie("slope", [*SLOPE, (LEAKY, "__init__(self)", "__init__(self, slope=0.5)"), (R, "Leaky()", "Leaky(0.25)")], "other arguments than get_init_inputs() gives"),
    "made_by_name_with_another": StepLie("slope", [*SLOPE, (LEAKY, "__init__(self)", "__init__(self, slope)"), (LEAKY, "return []", "return [0.5]"), (R, "Leaky()", "Leaky(slope=0.25)")], "other arguments than get_init_inputs() gives"),
    "made_as_another": StepLie("two_kernels", [(RELU_FILE, "F.relu(x)", "self.act(x)"), (RELU_FILE, "        pass", '        self.act = nn.ReLU() if kind == "relu" else nn.Tanh()'), (RELU_FILE, "__init__(self)", '__init__(self, kind="tanh")'), (R, "Relu()", 'Relu("relu")')], "other arguments than get_init_inputs() gives"),
    "flag_that_its_file_does_not_give": flagged("False", "True", "True"),
    "number_that_its_file_does_not_give": flagged("1", "2", "2"),
    "word_that_its_file_does_not_give": flagged("'a'", "'b'", "'b'"),
    "default_that_the_step_replaces": StepLie("layer_of_fusions", [(BLOCK, "self, x", "self, x, flag=False"), (BLOCK, RETURN, f"if flag:\n            {RETURN}\n        return torch.tanh(torch.exp(x))"), (R, "self.two(self.one(x))", "self.two(self.one(x, True), flag=True)")], "gives False, but the step gives True"),
    "flag_of_one_instance": StepLie("layer_of_fusions", [(BLOCK, X, "[torch.randn(2, 8), 1]"), (BLOCK, "self, x", "self, x, n"), (BLOCK, RETURN, "return F.relu(self.fc(x)) if n == 1 else torch.relu(torch.relu(self.fc(x)))"), ("original.py", "return F.relu(self.b(x))", "return F.relu(F.relu(self.b(x)))"), (R, "self.two(self.one(x))", "self.two(self.one(x, 1), 2)")], "one component is one computation"),
    "one_kernel_of_two_layers": StepLie("layer_of_fusions", [(BLOCK, FC, MODULES), (BLOCK, RETURN, "return F.relu(self.any[n](x))"), (BLOCK, "self, x", "self, x, n"), (BLOCK, X, "[torch.randn(2, 8), 0]"), (R, "self.two(self.one(x))", "self.one(self.one(x, 0), 1)"), (R, "        self.two = Block()", "        pass"), ("weight_map.json", "one.fc.", "one.any.0."), ("weight_map.json", "two.fc.", "one.any.1.")], "one component is one computation"),
    "inputs_shrunk_beside_a_route": one("routed", "best", "torch.randn(12, 8)", "torch.randn(1, 8)", "expected shape [12, 8], found [1, 8]"),
    "tensor_of_the_parent": StepLie("two_kernels", [("original.py", "self.fc = nn.Linear(8, 8)", 'self.fc = nn.Linear(8, 8)\n        self.register_buffer("first", torch.arange(8.0).view(1, 8))'), ("original.py", "F.relu(self.fc(x))", "torch.cat([self.first, F.relu(self.fc(x))])"), (R, "def __init__(self):", "def __init__(self, first):"), (R, "self.fc = Fc()", "self.fc = Fc()\n        self.first = first"), (R, "self.relu(self.fc(x))", "torch.cat([self.first, self.relu(self.fc(x))])"), (R, "def get_inputs", "def get_init_inputs():\n    return [torch.arange(8.0).view(1, 8)]\n\n\ndef get_inputs")], "first belongs to no child"),
    # where no value is used
    "place_written_with_another": one("places_overwritten", "put", "ids[m] = 0", "ids[m] = 7", "missing operation index_put"),
    "vector_never_taken": never("torch.tensor([5.0] * 8)", "torch.tensor([6.0] * 8)"),
    "values_never_taken_swapped": never("torch.tensor([5.0] + [1.0] * 7)", "torch.tensor([1.0] * 7 + [5.0])"),
    "stack_never_taken": never("torch.stack([torch.tensor(5.0)] * 8)", "torch.stack([torch.tensor(6.0)] * 8)"),
    "part_of_a_range_never_taken": never("torch.arange(16.0)[:8]", "torch.arange(16.0)[8:]"),
    "transposed_and_never_taken": never("torch.arange(16.0).view(8, 2).t()", "torch.arange(16.0).view(2, 8)"),
    "truths_never_taken": never("torch.tensor([True] * 8).float()", "torch.tensor([False] * 8).float()"),
    "dropout_of_all_by_a_whole_number": one("dropout_of_nothing", "drop", "F.dropout(x, 0, False)", "F.dropout(x, 1, False)", "extra operation dropout"),
    "strides_invented": invented("torch.as_strided(x, (2, 8), (8, 1))", "as_strided"),
    "windows_invented": invented("x.unfold(1, 8, 8).squeeze(1)", "unfold"),
    # effects
    "output_is_a_weight": one("weight_given_too", "fc", "self.fc.weight.clone()", "self.fc.weight", "or of the state"),
    "statistics_left_alone": one("statistics_written", "norm", "x, m, v, None", "x, m.clone(), v.clone(), None", "only the original changes its inputs"),
    # floods
    "nested_beyond_measure": turned(R, [("return self.relu(self.fc(x))", "y = x\n        for _ in range(300):\n            y = [y]\n        return self.relu(self.fc(x)), y")], "a container of more than"),
    "list_beyond_measure": turned(R, [("self.relu(self.fc(x))", "self.relu(self.fc(x)), [0] * 10000000")], "a container of more than"),
    "shared_beyond_measure": turned(R, [("return self.relu(self.fc(x))", "y = x\n        for _ in range(40):\n            y = [y, y]\n        return self.relu(self.fc(x)), y")], "a container of more than"),
    "shared_beyond_measure_for_a_child": turned(R, [("return self.relu(self.fc(x))", "y = x\n        for _ in range(40):\n            y = [y, y]\n        return self.relu(self.fc(x), y)")], "a container of more than|does not fit"),
    "bits_by_a_dtype_of_torch": turned(R, [("self.relu(self.fc(x))", "self.relu(self.fc(x.view(torch.int32)))")], "computes outside"),
    "bits_by_the_dtype_of_another": turned(R, [("self.relu(self.fc(x))", "self.relu(self.fc(x.view(x.dtype)))")], "computes outside"),
    "asks_what_a_value_is_not": turned(R, [("return self.relu", "if isinstance(x[0, 0] > 0, self.fc):\n            return x\n        return self.relu")], "may not stand in forward"),
    "number_beyond_measure": turned(R, [("return self.relu(self.fc(x))", "n = 10\n        for _ in range(14):\n            n = n * n\n        return self.relu(self.fc(x)), n")], "a number of more than"),
    "string_beyond_measure": turned(R, [("self.relu(self.fc(x))", 'self.relu(self.fc(x)), "a" * 100000000')], "a string of more than"),
    # plumbing with names
    "value_for_a_size": helped(HALF, "return self.middle(self.relu(self.fc(x)), x)", "x + n // 2 computes outside|n // 2 computes outside"),
    "value_for_a_size_by_name": helped(HALF, "return self.middle(self.relu(self.fc(x)), n=x)", "n // 2 computes outside"),
    "value_for_a_size_with_a_star": helped(HALF, "y = [self.relu(self.fc(x)), x]\n        return self.middle(*y)", "n // 2 computes outside"),
    "value_for_a_size_through_another": helped("    def way(self, x, n):\n        return self.middle(x, n)\n\n" + HALF, "return self.way(self.relu(self.fc(x)), x)", "n // 2 computes outside"),
    "static_method_that_computes": helped("    @staticmethod\n    def middle(x):\n        return torch.relu(x)", "return self.middle(self.relu(self.fc(x)))", "torch.relu(x) computes outside"),
    "nothing_that_is_called": StepLie("two_kernels", [(R, "self.fc = Fc()", "self.fc = Fc()\n        self.none = None"), (R, "self.relu(self.fc(x))", "self.none(self.relu(self.fc(x)))")], "is not callable"),
    "list_of_values_computed": one("two_kernels", R, "return self.relu(self.fc(x))", "y = [x] * 2\n        return self.relu(self.fc(y[0] % 2))", "computes outside"),
}  # fmt: skip
