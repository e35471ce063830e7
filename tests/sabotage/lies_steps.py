# ruff: noqa: E501 (a table)
"""Lies told in the small honest steps: state, effects, containers, numbers that agree by luck."""

from typing import NamedTuple

CHILD = "children/{}.py"
R = "refactored.py"


class StepLie(NamedTuple):
    """Replacements in the files of one honest step, and the reason to report."""

    step: str
    changes: list[tuple[str, str, str]]
    reason: str


def one(step: str, file: str, old: str, new: str, reason: str) -> StepLie:
    """A lie in one place."""
    return StepLie(
        step, [(CHILD.format(file) if file != R and "." not in file else file, old, new)], reason
    )


FC, NOTHING = "self.fc = nn.Linear(8, 8)", "        pass\n"
KEEP = f"{FC}\n        self.kept = []"
MAP = "weight_map.json"

LIES = {
    # state kept between calls
    "keeps_in_a_list": StepLie("layer_of_fusions", [(CHILD.format("block"), FC, KEEP), (CHILD.format("block"), "return F.relu(self.fc(x))", "kept = self.kept\n        kept.append(1)\n        return F.relu(self.fc(x))")], "keeps state between calls"),
    "writes_into_a_list": StepLie("two_kernels", [(CHILD.format("fc"), FC, f"{FC}\n        self.kept = [0]"), (CHILD.format("fc"), "return self.fc(x)", "kept = self.kept\n        kept[0] = kept[0] + 1\n        return self.fc(x)")], "keeps state between calls|computing call"),
    "grows_a_module_list": StepLie("layer_of_fusions", [(CHILD.format("block"), FC, f"{FC}\n        self.kept = nn.ModuleList()"), (CHILD.format("block"), "return F.relu(self.fc(x))", "kept = self.kept\n        kept.append(self.fc)\n        return F.relu(self.fc(x))")], "keeps state between calls"),
    "counts_in_a_buffer": StepLie("no_parameters", [(CHILD.format("relu"), NOTHING, '        self.register_buffer("n", torch.zeros(()))\n'), (CHILD.format("relu"), "return F.relu(x)", "self.n.add_(1)\n        return F.relu(x)")], "not mapped|computing call"),
    "replays": StepLie("no_parameters", [(CHILD.format("relu"), NOTHING, "        self.last = {}\n"), (CHILD.format("relu"), "return F.relu(x)", "last = self.last\n        last.setdefault(1, F.relu(x))\n        return last[1]")], "computing call|keeps state"),
    "default_as_memory": one("no_parameters", "relu", "forward(self, x)", "forward(self, x, memory=[])", "is no literal"),
    "class_memory": one("no_parameters", "relu", "class Model(nn.Module):", "class Model(nn.Module):\n    memory = []\n", "class body"),
    "writes_its_class": one("no_parameters", "relu", "return F.relu(x)", "Model.n = 1\n        return F.relu(x)", "state"),
    "named_as_a_hook": one("no_parameters", "relu", NOTHING, "        self.register_forward_hook = 1\n", "may not be assigned"),
    "named_as_data": StepLie("no_parameters", [(CHILD.format("relu"), NOTHING, "        self.data = 1\n"), (CHILD.format("relu"), "return F.relu(x)", "return F.relu(x.data)")], "may not be used"),
    # reading values, reacting to them
    "branches_on_a_value": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "if float(x[0, 0]) > 100:\n            return x\n        return F.relu(self.fc(x))", "read into Python"),
    "truth_of_a_value": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "if x[0, 0]:\n            x = x + 0.0\n        return F.relu(self.fc(x))", "extra operation|read into Python"),
    "prints_values": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", 'y = f"{x}"\n        return F.relu(self.fc(x))', "reaches no output|read into Python"),
    "formats_values": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "y = str(x)\n        return F.relu(self.fc(x))", "reaches no output|read into Python"),
    # ways out of the grammar, and state that leaves no trace
    "globals_of_a_function": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", 'return F.relu.__globals__["torch"].relu(self.fc(x))', "__globals__ may not be used"),
    "code_of_a_function": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "F.relu.__code__\n        return F.relu(self.fc(x))", "__code__ may not be used"),
    "attributes_in_a_format": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", '"{0.__globals__}".format(F.relu)\n        return F.relu(self.fc(x))', ".format may not be used"),
    "finalizer": one("layer_of_fusions", "block", "    def forward", "    def __del__(self):\n        pass\n\n    def forward", "__del__ is reserved"),
    "slots": one("layer_of_fusions", "block", "class Model(nn.Module):", "class Model(nn.Module):\n    __slots__ = ()", "__slots__ is reserved"),
    "asks_allclose": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "if torch.allclose(x, x + 1):\n            return x\n        return F.relu(self.fc(x))", "read into Python|reaches no output"),
    "counts_in_an_iterator": StepLie("layer_of_fusions", [(CHILD.format("block"), FC, f"{FC}\n        self.count = enumerate((0,) * 99)"), (CHILD.format("block"), "return F.relu(self.fc(x))", "for i, _ in self.count:\n            break\n        return F.relu(self.fc(x))")], "keeps state between calls"),
    "seeds_in_forward": one("layer_of_fusions", "block", "return F.relu(self.fc(x))", "torch.manual_seed(0)\n        return F.relu(self.fc(x))", "manual_seed may not be used"),
    "lowers_precision": one("child_under_autocast", "original.py", 'with torch.autocast("cpu", dtype=torch.bfloat16):\n            y = self.fc(x)', "y = self.fc(x)", "bfloat16"),
    "grows_a_list_of_another": one("list_that_grows", R, "parts = []", "parts = x", "may not stand in forward"),
    "asks_for_a_value": one("asks_whether_there_is_a_mask", R, "if mask is not None", "if mask.any()", "may not stand in forward"),
    "comprehension_over_a_tensor": one("branches_in_a_comprehension", R, "[branch(x) for branch in self.branches]", "[torch.tanh(t) for t in x]", "computes outside"),
    "path_elsewhere": one("two_kernels", R, 'sys.path.insert(0, str(Path(__file__).parent / "children"))', 'sys.path.insert(0, str(Path(__file__).parent.parent / "children"))', "module level"),
    # structure
    "identity_invented": StepLie("identity_of_the_original", [("original.py", "self.same(self.fc(x))", "self.fc(x)"), ("original.py", "self.same = nn.Identity()", "pass")], "child same computes nothing"),
    "input_passed_on": StepLie("identity_of_the_original", [("original.py", "self.same(self.fc(x))", "self.fc(x)"), (CHILD.format("same"), "return self.same(x)", "return x")], "child same computes nothing"),
    "levels_skipped": StepLie("two_kernels", [("original.py", "F.relu(self.fc(x))", "F.relu(self.fc(F.relu(self.fc(F.relu(self.fc(x))))))"), ("original.py", "Abstraction Level: fusion", "Abstraction Level: layer"), (R, "self.relu(self.fc(x))", "self.relu(self.fc(self.relu(self.fc(self.relu(self.fc(x))))))")], "levels are skipped"),
    "another_dropout": one("dropout", "drop", "nn.Dropout(", "nn.Dropout(0.25 + ", "extra operation dropout"),
    # effects
    "input_left_alone": one("input_written", "relu", "x.relu_()", "x.relu()", "only the original changes its inputs"),
    "input_changed": one("no_parameters", "relu", "F.relu(x)", "F.relu_(x)", "changes its inputs in place"),
    "buffer_left_alone": one("buffer_written", "count", "self.count.add_(1)", "self.count + 1", "only the original changes its state|missing"),
    "buffer_written_otherwise": one("buffer_written", "count", "self.count.add_(1)", "self.count.add_(2)", "expected|missing"),
    "alias_of_the_input": StepLie("no_parameters", [("original.py", "return torch.tanh(F.relu(x))", "return torch.tanh(F.relu(x)), x.clone()"), (R, "return self.tanh(self.relu(x))", "return self.tanh(self.relu(x)), x")], "memory of an input"),
    # outputs
    "list_for_tuple": one("tuple", R, "return (self.tanh(x), self.relu(x))", "return [self.tanh(x), self.relu(x)]", "expected a tuple"),
    "swapped_outputs": one("tuple", R, "return (self.tanh(x), self.relu(x))", "return (self.relu(x), self.tanh(x))", "numerical_comparison"),
    "output_left_out": one("nested", R, "[(self.relu(x), None), 3]", "[(self.relu(x), None)]", "items"),
    "none_for_tensor": one("nested", R, "[(self.relu(x), None), 3]", "[(None, self.relu(x)), 3]", "expected a tensor"),
    "another_number": one("nested", R, "[(self.relu(x), None), 3]", "[(self.relu(x), None), 4]", "expected 3, found 4"),
    "number_as_float": one("nested", R, "[(self.relu(x), None), 3]", "[(self.relu(x), None), 3.0]", "expected a int"),
    "another_key": one("dict", R, '"b": self', '"c": self', "keys"),
    "field_left_out": StepLie("dataclass_out", [(R, ', "b": self.relu(x)', ""), (R, "\n        self.relu = Relu()", "")], "keys ['a', 'b'], found ['a']"),
    "field_invented": one("object_out", R, '[{"k": self.tanh(x)}]', '[{"k": self.tanh(x), "n": 3}]', "keys"),
    "fields_swapped": one("mapping_out", R, '{"a": self.tanh(x), "b": self.relu(x)}', '{"b": self.tanh(x), "a": self.relu(x)}', "numerical_comparison"),
    "missing_none": one("none", R, "None, ", "", "items"),
    "extra_dimension": one("two_kernels", R, "return self.relu(self.fc(x))", "return self.relu(self.fc(x)).unsqueeze(0)", "expected shape"),
    "broadcastable": one("two_kernels", R, "return self.relu(self.fc(x))", "return self.relu(self.fc(x))[:1]", "expected shape"),
    "empty": one("two_kernels", R, "return self.relu(self.fc(x))", "return self.relu(self.fc(x))[:0]", "expected shape"),
    "returns_nothing": one("two_kernels", R, "return self.relu(self.fc(x))", "self.relu(self.fc(x))", "returns nothing"),
    "returns_a_child": one("two_kernels", R, "return self.relu(self.fc(x))", "return self.relu", "computes outside"),
    "wider_dtype": one("bfloat16", "relu", "return F.relu(x)", "return F.relu(x).float()", "computing call"),
    "nan_everywhere": StepLie("minus_infinity", [("original.py", ".triu(1)", ""), (R, ".triu(1)", "")], "not finite"),
    "infinity_everywhere": StepLie("mostly_minus_infinity", [("original.py", 'float("-inf")', 'float("inf")'), (R, 'float("-inf")', 'float("inf")')], "mostly not finite"),
    "almost_all_left_out": StepLie("mostly_minus_infinity", [("original.py", ".tril(-2)", ""), (R, ".tril(-2)", "")], "not finite"),
    "wrong_beside_a_mask": one("mostly_minus_infinity", R, "self.relu(self.tanh(x)) + y", "self.tanh(self.relu(x)) + y", "conservation"),
    "mask_moved": one("mostly_minus_infinity", R, "+ y", "+ y.T", "numerical_comparison"),
    "write_into_no_element_instead": one("writes_into_no_element", "write", "x[0] = 3.0", "x[2:] = 3.0", "missing operation fill"),
    # get_inputs
    "tuple_in_inputs": StepLie("two_inputs", [("original.py", "[torch.randn(2, 8), torch.randn(8, 3)]", "[torch.randn(2, 8), [torch.randn(8, 3)]]"), ("original.py", "F.relu(x), y)", "F.relu(x), y[0])"), (R, "self.relu(x), y)", "self.relu(x), y[0])"), (R, "[torch.randn(2, 8), torch.randn(8, 3)]", "[torch.randn(2, 8), (torch.randn(8, 3),)]")], "expected a list of 1, found a tuple"),
    "one_input_fewer": one("two_inputs", R, "[torch.randn(2, 8), torch.randn(8, 3)]", "[torch.randn(2, 8)]", "get_inputs()"),
    "one_input_more": one("two_kernels", R, "[torch.randn(2, 8)]", "[torch.randn(2, 8), torch.randn(2, 8)]", "get_inputs()"),
    "inputs_by_name": one("keyword_inputs", R, '{"x": torch.randn(2, 8), "y": torch.randn(8, 3)}', '{"x": torch.randn(2, 8), "z": torch.randn(8, 3)}', "get_inputs()"),
    "other_integer_dtype": one("integers", R, "torch.randint(0, 10, (2, 5))", "torch.randint(0, 10, (2, 5)).int()", "expected dtype int64"),
    "shrunk_inputs": one("two_kernels", R, "torch.randn(2, 8)", "torch.randn(1, 8)", "expected shape [2, 8]"),
    "number_for_tensor": one("two_kernels", R, "[torch.randn(2, 8)]", "[1.0]", "expected a tensor"),
    # numbers that agree by luck
    "relu_on_positive_inputs": StepLie("shared_child", [("original.py", "[torch.randn(2, 8)]", "[torch.rand(2, 8)]"), (R, "[torch.randn(2, 8)]", "[torch.rand(2, 8)]"), (R, "self.relu(self.fc(x))", "self.fc(x)"), (R, "\n        self.relu = Relu()", "")], "missing operation relu"),
    "dropped_dropout": StepLie("dropout", [(R, "self.drop(self.relu(x))", "self.relu(x)"), (R, "self.drop = Drop()\n        ", "")], "missing operation dropout"),
    "extra_dropout": one("dropout", R, "self.drop(self.relu(x))", "self.drop(self.drop(self.relu(x)))", "extra operation dropout"),
    "parameter_as_attribute": one("tied_weights", "head", "nn.Parameter(torch.randn(10, 8))", "torch.randn(10, 8)", "expected a parameter as table.weight is, found an attribute"),
    "bias_left_out": one("two_kernels", "fc", "nn.Linear(8, 8)", "nn.Linear(8, 8, bias=False)", "not mapped"),
    "identity_gate": StepLie("buffer", [("original.py", "torch.arange(8.0)", "torch.ones(8)"), (CHILD.format("scale"), "torch.arange(8.0)", "torch.ones(8)"), (CHILD.format("scale"), "return x * self.scale", "return x")], "missing operation mul"),
    "norm_without_affine": StepLie("conv_norm", [(CHILD.format("bn"), "nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, affine=False)")], "weight_map.json names bn.bn.weight"),
    "batch_statistics": one("conv_norm", "bn", "return self.bn(x)", "return F.batch_norm(x, None, None, self.bn.weight, self.bn.bias, True)", "numerical_comparison"),
    "other_eps": one("conv_norm", "bn", "nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, eps=1.1e-5)", "missing operation"),
    "transposed_weight": one("two_kernels", "fc", "return self.fc(x)", "return F.linear(x, self.fc.weight.t(), self.fc.bias)", "numerical_comparison"),
    "swapped_weights": StepLie("layer_of_fusions", [(MAP, '"one.fc.weight": "a.weight"', '"one.fc.weight": "b.weight"'), (MAP, '"two.fc.weight": "b.weight"', '"two.fc.weight": "a.weight"')], "numerical_comparison"),
    "one_weight_for_two": one("layer_of_fusions", MAP, '"two.fc.weight": "b.weight"', '"two.fc.weight": "a.weight"', "b.weight of the original is used but not mapped"),
    "untied": one("tied_weights", MAP, '"head.weight": "table.weight"', '"head.weight": "nothing"', "does not have"),
    "unmapped": one("tied_weights", MAP, ', "head.weight": "table.weight"', "", "is not mapped"),
    "invented_weight": one("tied_weights", MAP, '"head.weight"', '"other.weight": "table.weight", "head.weight"', "does not have"),
    "scale_off_by_1_percent": one("residual_and_scale", R, "0.5 * y", "0.505 * y", "numerical_comparison"),
    "scale_of_the_class": one("constant_of_the_class", R, "self.scale = 0.125", "self.scale = 0.126", "numerical_comparison"),
    "softmax_over_another_axis": one("attention", "softmax", "dim=-1", "dim=-2", "numerical_comparison"),
    "attention_scale": one("attention", R, "/ 4.0", "/ 4.1", "numerical_comparison"),
    "not_causal": one("fused_attention", "sdpa", "is_causal=True", "is_causal=False", "numerical_comparison"),
    "lower_precision": one("two_kernels", "fc", "return self.fc(x)", "return self.fc(x.bfloat16().float())", "computing call"),
    "half_inside_a_block": one("layer_of_fusions", "block", "self.fc(x))", "self.fc(x.half().float()))", "extra operation _to_copy"),
    "approximate_gelu": StepLie("two_kernels", [("original.py", "F.relu(self.fc(x))", "F.gelu(self.fc(x))"), (CHILD.format("relu"), "F.relu(x)", 'F.gelu(x, approximate="tanh")')], "missing operation gelu"),
    "another_slope": StepLie("two_kernels", [("original.py", "F.relu(self.fc(x))", "F.leaky_relu(self.fc(x), 0.01)"), (CHILD.format("relu"), "F.relu(x)", "F.leaky_relu(x, 0.02)")], "missing operation leaky_relu"),
    "another_mode": StepLie("two_kernels", [("original.py", "F.relu(self.fc(x))", 'F.pad(self.fc(x), (1, 1), mode="constant", value=0.0)'), (CHILD.format("relu"), "F.relu(x)", 'F.pad(x, (1, 1), mode="constant", value=0.1)')], "numerical_comparison"),
    "tiny_outputs": StepLie("two_kernels", [("original.py", "F.relu(self.fc(x))", "F.relu(self.fc(x)) * 1e-9"), (R, "return self.relu(self.fc(x))", "return self.relu(self.fc(x)) * 1.1e-9")], "numerical_comparison"),
    "order_of_loop": one("enumerated", R, "for i, block in enumerate(self.blocks)", "for i, block in enumerate(reversed(self.blocks))", "anticheat|numerical_comparison"),
    "skipped_block": one("indexed", R, "range(1, 3)", "range(1, 2)", "missing operation"),
    "unused_list": one("loop", R, "for _ in range(3)", "for _ in range(4)", "not mapped|never called"),
    # structure
    "whole_parent": StepLie("two_kernels", [(CHILD.format("fc"), "return self.fc(x)", "return F.relu(self.fc(x))"), (CHILD.format("fc"), "Level: kernel", "Level: fusion"), (R, "return self.relu(self.fc(x))", "return self.fc(x)"), (R, "\n        self.relu = Relu()", "")], "is the whole original"),
    "two_in_a_kernel": StepLie("shared_child", [(CHILD.format("fc"), "return self.fc(x)", "return F.relu(self.fc(x))"), (R, "self.relu(self.fc(x))", "self.fc(x)"), (R, "\n        self.relu = Relu()", "")], "kernel"),
    "sequential_kernel": StepLie("layer_of_fusions", [(CHILD.format("block"), "return F.relu(self.fc(x))", "return self.fc(x)"), (CHILD.format("block"), FC, "self.fc = nn.Sequential(nn.Linear(8, 8), nn.ReLU())"), (CHILD.format("block"), "Level: fusion", "Level: kernel"), (MAP, "one.fc.", "one.fc.0."), (MAP, "two.fc.", "two.fc.0.")], "kernel but runs 2 operations"),
    "encoder_layer_as_kernel": StepLie("two_kernels", [("original.py", FC, "self.fc = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)"), ("original.py", "torch.randn(2, 8)", "torch.randn(2, 3, 8)"), ("original.py", "Level: fusion", "Level: layer"), (R, "torch.randn(2, 8)", "torch.randn(2, 3, 8)"), (CHILD.format("fc"), "torch.randn(2, 8)", "torch.randn(2, 3, 8)"), (CHILD.format("relu"), "torch.randn(2, 8)", "torch.randn(2, 3, 8)"), (CHILD.format("fc"), FC, "self.fc = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)")], "kernel but runs"),
    "attention_module_as_kernel": StepLie("composite_attention", [(CHILD.format("qkv"), "self.weight = nn.Parameter(torch.randn(24, 8))\n        self.bias = nn.Parameter(torch.randn(24))", "self.mha = nn.MultiheadAttention(8, 2)"), (CHILD.format("qkv"), "return F.linear(x, self.weight, self.bias)", "return self.mha(x, x, x)")], "structure|not mapped"),
    "pad_hidden_in_conv": StepLie("conv_norm", [("original.py", "self.bn(self.conv(x))", "self.bn(self.conv(F.pad(x, (1, 1, 1, 1), mode=\"circular\")))"), (CHILD.format("conv"), "nn.Conv2d(3, 4, 3)", 'nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")'), (CHILD.format("bn"), "4, 6, 6", "4, 8, 8"), (CHILD.format("relu"), "4, 6, 6", "4, 8, 8")], "missing operation"),
    "no_level_of_this_name": one("two_kernels", "fc", "Level: kernel", "Level: gadget", "unknown level"),
    "fusion_of_one": one("two_kernels", "fc", "Level: kernel", "Level: fusion", "fusion of 1 operations"),
    "child_is_a_model": one("two_kernels", "fc", "Level: kernel", "Level: model", "nobody's child"),
    "layer_under_a_fusion": one("two_kernels", "fc", "Level: kernel", "Level: layer", "layer"),
    "cancelling_operations": one("layer_of_fusions", "block", "F.relu(self.fc(x))", "-(-F.relu(self.fc(x)))", "extra operation neg"),
    "cancelling_flips": one("layer_of_fusions", "block", "F.relu(self.fc(x))", "F.relu(self.fc(x)).flip(0).flip(0)", "extra operation flip"),
    "idempotent_twice": one("two_kernels", R, "self.relu(self.fc(x))", "self.relu(self.relu(self.fc(x)))", "extra operation relu"),
    "plus_zero": one("two_kernels", R, "self.relu(self.fc(x))", "self.relu(self.fc(x)) + 0.0", "extra operation add"),
    "times_zero": one("two_kernels", R, "return self.relu(self.fc(x))", "y = self.relu(self.fc(x))\n        return y + 0 * self.fc(x)", "extra operation"),
    "dead_branch": one("two_kernels", R, "return self.relu(self.fc(x))", "y = self.relu(x)\n        return self.relu(self.fc(x))", "reaches no output"),
    "unrelated_fusion": StepLie("layer_of_fusions", [(CHILD.format("block"), "return F.relu(self.fc(x))", "return self.fc(x), torch.tanh(y)"), (CHILD.format("block"), "forward(self, x)", "forward(self, x, y)"), (CHILD.format("block"), "[torch.randn(2, 8)]", "[torch.randn(2, 8), torch.randn(2, 8)]"), ("original.py", "x = F.relu(self.a(x))", "x = self.a(x) + torch.tanh(x)"), ("original.py", "F.relu(self.b(x))", "self.b(x) + torch.tanh(x * 1.0)"), (R, "return self.two(self.one(x))", "a, b = self.one(x, x * 1.0)\n        x = a + b\n        a, b = self.two(x, x * 1.0)\n        return a + b")], "unrelated|missing|extra"),
    # signatures and constructors
    "needs_another_input": one("two_kernels", R, "forward(self, x)", "forward(self, x, y)", "missing a required argument|get_inputs()"),
    "constructor_arguments": one("two_kernels", R, "self.fc = Fc()", "self.fc = Fc(8)", "TypeError"),
    "child_wants_arguments": one("two_kernels", "fc", "def __init__(self)", "def __init__(self, n)", "TypeError"),
    "child_forward_missing": one("two_kernels", "fc", "def forward", "def go", "has no forward|go"),
    "child_init_missing": one("two_kernels", "fc", "def __init__(self)", "def build(self)", "outside the constructor"),
    "wrong_child_input": one("two_kernels", "relu", "forward(self, x)", "forward(self, x, y)", "TypeError|does not fit"),
}  # fmt: skip
