# ruff: noqa: E501 (tables of replacements, one a line)
"""Lies of somebody who has read the verifier: ways out of the grammar, hidden state, values that never vary."""

from lies_steps import CHILD, FC, R, StepLie, one
from steps import RELU, Child, Step

BLOCK, RETURN = CHILD.format("block"), "return F.relu(self.fc(x))"
CLASS = "class Model(nn.Module):"
TOP = f'if __name__ == "__main__":\n    {{}}\n\n\n{CLASS}'


def member(names: str, use: str, reason: str) -> StepLie:
    """Names that are made members, so that they may follow any value; then a use of one."""
    made = "\n".join(f"        self.{name} = 1" for name in names.split())
    return StepLie(
        "layer_of_fusions",
        [(BLOCK, FC, f"{FC}\n{made}"), (BLOCK, RETURN, f"{use}\n        {RETURN}")],
        reason,
    )


def kept(what: str, use: str) -> StepLie:
    """Something that a child keeps in an attribute, and changes without a trace."""
    return StepLie(
        "layer_of_fusions",
        [
            (BLOCK, FC, f"{FC}\n        self.kept = {what}"),
            (BLOCK, RETURN, f"{use}\n        {RETURN}"),
        ],
        "keeps state between calls",
    )


def two_layers(
    forward: str,
    children: dict[str, Child],
    init: str,
    refactored: str,
    inputs: str,
    args: str,
    level: str = "fusion",
    own: str = "pass",
) -> Step:
    """A step of two inputs or buffers that look alike."""
    return Step(Child(forward, own, inputs, args, level), children, init, refactored)


MASK = "[torch.randn(4, 4), torch.ones(4, 4, dtype=torch.bool)]"
MASKED = Child("return x.masked_fill(m, 0.0)", inputs=MASK, args="x, m")
TANH4, PAIR = (
    Child("return torch.tanh(x)", inputs="[torch.randn(4, 4)]"),
    "self.mask = Mask()\nself.tanh = Tanh()",
)
SUM = Child(
    "return torch.hypot(a, b)", inputs="[torch.randn(4, 4), torch.zeros(4, 4)]", args="a, b"
)
SHIFT = Child("return x - self.m", 'self.register_buffer("m", torch.zeros(8))')
SHIFTS = (
    'self.register_buffer("first", torch.zeros(8))\nself.register_buffer("second", torch.zeros(8))'
)

READERS = {
    "ones_mask": two_layers("return torch.tanh(x.masked_fill(m, 0.0))", {"mask": MASKED, "tanh": TANH4}, PAIR, "return self.tanh(self.mask(x, m))", MASK, "x, m"),
    "zero_states": two_layers("return torch.tanh(torch.hypot(x * 2 + a, b))", {"sum": Child("return torch.hypot(a, b)", inputs="[torch.randn(4, 4), torch.zeros(4, 4)]", args="a, b"), "tanh": TANH4}, "self.sum = Sum()\nself.tanh = Tanh()", "return self.tanh(self.sum(x * 2 + a, b))", "[torch.randn(4, 4), torch.zeros(4, 4), torch.zeros(4, 4)]", "x, a, b"),
    "zero_buffers": Step(Child("return torch.tanh(x - self.first) - self.second", SHIFTS, level="fusion"), {"shift": SHIFT, "tanh": Child("return torch.tanh(x)")}, "self.one = Shift()\nself.tanh = Tanh()\nself.two = Shift()", "return self.two(self.tanh(self.one(x)))", {"one.m": "first", "two.m": "second"}),
    "best_of_row": Step(Child("return torch.argmax(self.b(F.relu(self.a(x))))", "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)", "[torch.randn(1, 8)]", level="fusion"), {"fc": Child("return self.fc(x)", FC, "[torch.randn(1, 8)]"), "relu": RELU._replace(inputs="[torch.randn(1, 8)]"), "best": Child("return torch.argmax(x)", inputs="[torch.randn(1, 8)]")}, "self.one = Fc()\nself.relu = Relu()\nself.two = Fc()\nself.best = Best()", "return self.best(self.two(self.relu(self.one(x))))", {"one.fc.weight": "a.weight", "one.fc.bias": "a.bias", "two.fc.weight": "b.weight", "two.fc.bias": "b.bias"}),
    "shared_table": Step(Child("return F.relu(self.a(x))", "self.a = nn.Linear(8, 8)", level="fusion"), {"fc": Child("return self.fc(x)", FC), "relu": RELU}, "self.fc = Fc()\nself.relu = Relu()", "return self.relu(self.fc(x))", {"fc.fc.weight": "a.weight", "fc.fc.bias": "a.bias"}),
}  # fmt: skip

LIES = {
    # ways out of the grammar
    "builtins_as_a_default": one("layer_of_fusions", "block", "def __init__(self):", "def __init__(self, found=torch.__builtins__):", "__builtins__ may not be used"),
    "module_as_a_default": one("layer_of_fusions", "block", "def __init__(self):", "def __init__(self, run=torch.os.system):", "torch.os.system may not be used"),
    "namespace_as_a_value": member("torch os system", "n = F\n        n.torch.os.system('true')", "the namespace F is no value"),
    "inner_namespace_as_a_value": member("parametrize torch os system", "n = nn.utils\n        n.parametrize.torch.os.system('true')", "the namespace nn.utils is no value"),
    "namespace_in_a_loop": member("torch os", "for n in (torch.nn.functional, nn):\n            n.torch.os", "is no value"),
    "namespace_in_a_comprehension": one("layer_of_fusions", "block", RETURN, "y = [torch.relu for torch in (x,)]\n        " + RETURN, "is bound outside this function"),
    "frame_of_a_generator": member("gi_frame f_back f_builtins", "g = (i for i in (1,))\n        g.gi_frame.f_back.f_builtins", ".f_builtins may not be used"),
    "unbound_method": StepLie("layer_of_fusions", [(BLOCK, FC, f"{FC}\n        self.data = 1"), (BLOCK, "    def forward", "    def read(self):\n        return self.data\n\n    def forward"), (BLOCK, RETURN, f"y = Model.read(x)\n        {RETURN}")], "a method is called on its module"),
    "class_as_a_value": StepLie("layer_of_fusions", [(BLOCK, RETURN, f"k = Model\n        {RETURN}")], "the class Model is no value"),
    "self_of_a_helper": StepLie("layer_of_fusions", [(BLOCK, FC, f"{FC}\n        self.data = 1"), (BLOCK, CLASS, f"def read(self):\n    return self.data\n\n\n{CLASS}"), (BLOCK, RETURN, f"y = read(x)\n        {RETURN}")], "self is the first parameter of a method"),
    "process_as_a_base": one("layer_of_fusions", "block", CLASS, f"class P(torch.nn.parameter.torch._strobelight.cli_function_profiler.subprocess.Popen):\n    pass\n\n\n{CLASS}", "must derive from nn.Module alone"),
    "parameter_as_a_base": one("layer_of_fusions", "block", CLASS, f"class P(nn.Parameter):\n    pass\n\n\n{CLASS}", "must derive from nn.Module alone"),
    "hook_as_a_helper": StepLie("layer_of_fusions", [(BLOCK, CLASS, f"def register_forward_hook(f):\n    return f\n\n\n{CLASS}"), (BLOCK, RETURN, f"y = self.fc\n        y.register_forward_hook(F.relu)\n        {RETURN}")], "register_forward_hook may not be used"),
    "child_named_torch": StepLie("two_kernels", [(R, "from relu import Model as Relu", "from relu import Model as Relu\nfrom relu import Model as F")], "binds the name F to something else"),
    "harmful_self_test": one("layer_of_fusions", "block", CLASS, TOP.format("torch.os.popen('true')"), ".os may not stand in a self-test"),
    "self_test_that_writes": one("layer_of_fusions", "block", CLASS, TOP.format("torch.save({}, 'x')"), ".save may not stand in a self-test"),
    "deep_expression": StepLie("two_kernels", [(CHILD.format("relu"), "return F.relu(x)", "return F.relu(x" + " + 1" * 900 + ")")], "nested too deeply"),
    # state that leaves no trace
    "bound_method_of_a_list": kept("[].append", "k = self.kept\n        k(1)"),
    "view_of_a_dict": kept("{0: []}.values()", "for k in self.kept:\n            k.append(1)"),
    "slice": kept("slice([], 1)", "k = self.kept"),
    "set_of_tensors": kept("{torch.zeros(2)}", "for k in self.kept:\n            k.unsqueeze_(0)"),
    "module_in_a_list": StepLie("layer_of_fusions", [(BLOCK, CLASS, f"class Memo(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.n = []\n\n    def forward(self, x):\n        n = self.n\n        n.append(1)\n        return x\n\n\n{CLASS}"), (BLOCK, FC, f"{FC}\n        self.kept = [Memo()]"), (BLOCK, RETURN, f"for m in self.kept:\n            x = m(x)\n        {RETURN}")], "keeps state between calls"),
    # values that never vary by themselves
    "mask_transposed": StepLie("ones_mask", [(R, "self.mask(x, m)", "self.mask(x, m.transpose(0, 1))")], "numerical_comparison"),
    "states_swapped": StepLie("zero_states", [(R, "self.sum(x * 2 + a, b)", "self.sum(x * 2 + b, a)")], "numerical_comparison"),
    "buffers_swapped": StepLie("zero_buffers", [("weight_map.json", '"one.m": "first", "two.m": "second"', '"one.m": "second", "two.m": "first"')], "numerical_comparison"),
    "one_bit_of_evidence": StepLie("best_of_row", [("weight_map.json", '"one.fc.weight": "a.weight"', '"one.fc.weight": "b.weight"'), ("weight_map.json", '"two.fc.weight": "b.weight"', '"two.fc.weight": "a.weight"')], "numerical_comparison"),
    # weights and structure
    "idle_parameter": StepLie("shared_table", [(CHILD.format("relu"), "pass", "self.idle = nn.Linear(8, 8)"), ("weight_map.json", "{", '{"relu.idle.weight": "a.weight", "relu.idle.bias": "a.bias", ')], "is never read"),
    "parameter_as_a_buffer": StepLie("shared_table", [(CHILD.format("fc"), FC, 'self.register_buffer("w", torch.zeros(8, 8))\n        self.register_buffer("b", torch.zeros(8))'), (CHILD.format("fc"), "return self.fc(x)", "return F.linear(x, self.w, self.b)"), ("weight_map.json", "fc.fc.weight", "fc.w"), ("weight_map.json", "fc.fc.bias", "fc.b")], "expected a parameter as a.weight is, found a buffer"),
    "cast_of_bits": one("two_kernels", "relu", "return F.relu(x)", "return F.relu(x.view(torch.int32).view(torch.float32))", "kernel but runs 3 operations"),
    "kernel_without_a_header": StepLie("two_kernels", [(CHILD.format("relu"), "Abstraction Level: kernel", ""), (CHILD.format("relu"), "return F.relu(x)", "if x.shape[0] != 2:\n            return torch.exp(x)\n        return F.relu(x)")], "a kernel does not branch"),
    "packed_fusion": StepLie("tuple_of_unrelated", [], "combines unrelated operations"),
    "memory_for_zeros": one("padded_below", "zeros", "torch.zeros(2, 8)", "torch.empty(2, 8)", "missing operation zeros"),
    "arguments_for_none": one("two_kernels", "relu", "def get_init_inputs():\n    return []", "def get_init_inputs():\n    return [1, 2]", "too many positional arguments"),
}  # fmt: skip
READERS["tuple_of_unrelated"] = Step(
    Child("return torch.relu(x), torch.tanh(y), torch.exp(x)", inputs="[torch.randn(2, 8), torch.randn(2, 8)]", args="x, y", level="layer"),
    {"both": Child("return torch.cat([torch.relu(x), torch.tanh(y)])", inputs="[torch.randn(2, 8), torch.randn(2, 8)]", args="x, y", level="fusion"), "exp": Child("return torch.exp(x)")},
    "self.both = Both()\nself.exp = Exp()",
    "a, b = self.both(x, y).chunk(2)\nreturn a, b, self.exp(x)",
)  # fmt: skip
READERS["padded_below"] = Step(
    Child("return torch.cat([F.relu(x), torch.zeros(2, 8)])", level="fusion"),
    {"relu": RELU, "zeros": Child("return torch.zeros(2, 8)", inputs="[]", args="-")},
    "self.relu = Relu()\nself.zeros = Zeros()",
    "return torch.cat([self.relu(x), self.zeros()])",
)
