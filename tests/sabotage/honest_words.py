# ruff: noqa: E501 (a table)
"""Honest work in other words: a step, and places in its files where a person writes it otherwise."""

from typing import NamedTuple

from honest_steps import BLOCK, BLOCKS
from steps import LINEAR, Child, Step, layer

R, FILE = "refactored.py", "children/{}.py"
LEVEL = "Abstraction Level: kernel"
Changes = list[tuple[str, str, str]]


class Words(NamedTuple):
    """A step of ``STEPS`` or of another table, by name, and replacements in its files."""

    step: str
    changes: Changes

    def merged(self, *others: "Words") -> "Words":
        """All these changes in one step."""
        return Words(
            self.step, [*self.changes, *(change for one in others for change in one.changes)]
        )


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
MODEL, INPUTS, CLASS = "class Model", "return [torch.randn(2, 8)]", "class RefactoredModel"
FORWARD = "    def forward"


def inputs(text: str) -> Words:
    """What get_inputs() of both files returns, as it is copied from one to the other."""
    return Words("two_kernels", [(name, INPUTS, f"return [{text}]") for name in ("original.py", R)])


def constant(line: str, use: str, file: str = R) -> Words:
    """A constant at module level, and its use in get_inputs()."""
    anchor = CLASS if file == R else MODEL
    return Words(
        "two_kernels", [(file, anchor, f"{line}\n\n\n{anchor}"), (file, INPUTS, f"return [{use}]")]
    )


def in_child(old: str, new: str) -> Words:
    """One place of a kernel."""
    return Words("two_kernels", [(FILE.format("fc"), old, new)])


def scored(kernel: str, old: str, new: str, *more: tuple[str, str]) -> Words:
    """Places of a kernel of the scores."""
    return Words("scores", [(FILE.format(kernel), *pair) for pair in ((old, new), *more)])


QK = Child(
    "return torch.matmul(q, k.transpose(-2, -1))",
    inputs="[torch.randn(2, 2, 6, 4), torch.randn(2, 2, 6, 4)]",
    args="q, k",
)
MASKED = "[torch.randn(2, 2, 6, 6), torch.ones(6, 6) == 0]"
STEPS |= {
    "scores": Step(
        layer(
            "s = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(k.shape[-1])\nreturn F.softmax(s.masked_fill(m, torch.finfo(s.dtype).min), dim=-1)",
            inputs="[torch.randn(2, 2, 6, 4), torch.randn(2, 2, 6, 4), torch.ones(6, 6) == 0]",
            args="q, k, m",
        ),
        {
            "dot": QK,
            "fill": Child(
                "return s.masked_fill(m, torch.finfo(s.dtype).min)", inputs=MASKED, args="s, m"
            ),
            "scale": Child(
                "return s / math.sqrt(s.size(-1) - 2)",
                inputs="[torch.randn(2, 2, 6, 6)]",
                args="s",
                level="kernel",
            ),
            "softmax": Child("return F.softmax(x, dim=-1)", inputs="[torch.randn(2, 2, 6, 6)]"),
        },
        "self.dot = Dot()\nself.scale = Scale()\nself.fill = Fill()\nself.softmax = Softmax()",
        "return self.softmax(self.fill(self.scale(self.dot(q, k)), m))",
    ),
    "outputs_of_all_blocks": Step(
        layer(
            "outs = []\nfor block in self.blocks:\n    x = F.relu(block(x))\n    outs.append(x)\nreturn tuple(outs)",
            BLOCKS,
        ),
        {"block": BLOCK},
        "self.blocks = nn.ModuleList([Block() for _ in range(3)])",
        "outs = []\nfor block in self.blocks:\n    x = block(x)\n    outs.append(x)\nreturn tuple(outs)",
    ),
    "heads_cut_in_a_comprehension": Step(
        layer(
            "a, b = [F.relu(t.view(2, 2, 4)) for t in self.fc(x).chunk(2, dim=1)]\nreturn torch.tanh(a) + torch.tanh(b)",
            "self.fc = nn.Linear(8, 16)",
        ),
        {
            "fc": Child("return self.fc(x)", "self.fc = nn.Linear(8, 16)"),
            "act": Child(
                "return torch.tanh(F.relu(x))", inputs="[torch.randn(2, 2, 4)]", level="fusion"
            ),
        },
        "self.fc = Fc()\nself.act = Act()",
        "a, b = [t.view(2, 2, 4) for t in self.fc(x).chunk(2, dim=1)]\nreturn self.act(a) + self.act(b)",
    ),
}
OUTS = "return tuple(outs)"


def returned(original: str, refactored: str) -> Words:
    """What is made of the outputs of all blocks, on both sides."""
    return Words("outputs_of_all_blocks", [("original.py", OUTS, original), (R, OUTS, refactored)])


def members(made: str, forward: str, before: str = "") -> Words:
    """Both children in one container."""
    lines = f"{before}\n        return {forward}" if before else f"return {forward}"
    return Words(
        "two_kernels",
        [
            (R, "self.fc = Fc()\n        self.relu = Relu()", f"self.ops = {made}"),
            (R, "return self.relu(self.fc(x))", lines),
        ],
    )


def heads(text: str) -> Words:
    """The heads cut in other words."""
    return Words(
        "heads_cut_in_a_comprehension",
        [(R, "a, b = [t.view(2, 2, 4) for t in self.fc(x).chunk(2, dim=1)]", text)],
    )


WORDS = {
    **dict(same(name) for name in STEPS),
    "level_as_a_number": levels("Abstraction Level: 0"),
    "level_as_number_and_word": levels("Abstraction Level: 0 (kernel)"),
    "level_as_l0": levels("Abstraction Level: L0"),
    "level_as_l0_and_word": levels("Abstraction Level:  Level 0 - Kernel"),
    "scale_made_of_sizes": scored("scale", "s.size(-1) - 2", "min(s.shape[-1], 9) - 2"),
    "scale_by_an_argument": Words("scores", [(FILE.format("scale"), "self, s", "self, s, d"), (FILE.format("scale"), "s.size(-1) - 2", "d"), (FILE.format("scale"), "[torch.randn(2, 2, 6, 6)]", "[torch.randn(2, 2, 6, 6), 4]"), (R, "self.scale(self.dot(q, k))", "self.scale(self.dot(q, k), 4)")]),
    "shape_from_two": scored("dot", "return torch.matmul(q,", "shape = q.size()[:-1] + (q.size(-1),)\n        return torch.matmul(q.view(shape),"),
    "heads_from_the_constructor": scored("dot", "def __init__(self)", "def __init__(self, dim=8, heads=2)", ("pass", "self.heads = heads\n        self.dim = dim"), ("matmul(q,", "matmul(q.reshape(2, self.heads, 6, self.dim // self.heads),")),
    "annotated_constants": constant("ROWS: int = 2\nWIDTH: int = 8", "torch.randn(ROWS, WIDTH)"),
    "dtype_as_a_constant": constant("DTYPE = torch.float32", "torch.randn(2, 8, dtype=DTYPE)"),
    "shape_as_a_constant": constant("SHAPE = (2, 8)", "torch.randn(*SHAPE)"),
    "shape_as_a_list": constant("SHAPE = [2, 8]", "torch.randn(SHAPE)"),
    "annotated_constants_in_a_child": constant("ROWS: int = 2\nWIDTH: int = 8", "torch.randn(ROWS, WIDTH)", FILE.format("fc")),
    "dtype_as_a_constant_in_a_child": constant("DTYPE = torch.float32", "torch.randn(2, 8, dtype=DTYPE)", FILE.format("fc")),
    "inputs_of_probabilities": inputs("torch.nn.functional.softmax(torch.randn(2, 8), dim=-1)"),
    "inputs_that_grow": inputs("torch.cumsum(torch.rand(2, 8), dim=-1)"),
    "inputs_in_order": inputs("torch.sort(torch.rand(2, 8), dim=-1)[0]"),
    "inputs_in_order_by_name": inputs("torch.rand(2, 8).sort(dim=-1).values"),
    "inputs_of_one_length": inputs("torch.randn(2, 8) / torch.randn(2, 8).norm(dim=-1, keepdim=True)"),
    "inputs_of_classes": inputs("torch.nn.functional.one_hot(torch.randint(0, 8, (2,)), 8).float()"),
    "inputs_of_a_size": inputs("torch.randn(torch.Size([2, 8]))"),
    "inputs_by_alias": Words("two_kernels", [("original.py", INPUTS, "return [F.normalize(torch.randn(2, 8))]"), (R, INPUTS, "return [F.normalize(torch.randn(2, 8))]"), (R, "import torch.nn as nn", "import torch.nn as nn\nimport torch.nn.functional as F")]),
    "no_grad_as_a_decorator": in_child(FORWARD, f"    @torch.no_grad()\n{FORWARD}"),
    "initialised_through_data": in_child("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.fc.weight.data.normal_(mean=0.0, std=0.02)\n        nn.init.zeros_(self.fc.bias.data)\n        self.fc.bias.data.zero_()"),
    "outputs_as_a_list": returned("return outs", "return list(outs)"),
    "outputs_in_a_dict": returned("return {'last': x, 'first': outs[0]}", "return dict(last=x, first=outs[0])"),
    "outputs_put_into_a_dict": returned("return {'last': x, 'first': outs[0]}", 'result = {}\n        result["last"] = x\n        result["first"] = outs[0]\n        return result'),
    "skips_taken_from_the_end": returned("return outs[2] + outs[1] + outs[0]", "x = outs.pop()\n        for skip in reversed(outs):\n            x = x + skip\n        return x"),
    "skips_cut_and_turned": returned("return outs[2] + outs[1] + outs[0]", "x = outs[-1]\n        for skip in outs[:-1][::-1]:\n            x = x + skip\n        return x"),
    "blocks_after_the_first": Words("outputs_of_all_blocks", [(R, "outs = []", "x = self.blocks[0](x)\n        outs = [x]"), (R, "in self.blocks:", "in self.blocks[1:]:")]),
    "blocks_in_a_name_first": Words("outputs_of_all_blocks", [(R, "self.blocks = nn.ModuleList([Block() for _ in range(3)])", "blocks = [Block() for _ in range(2)]\n        blocks.append(Block())\n        self.blocks = nn.ModuleList(blocks)")]),
    "heads_cut_by_a_generator": heads("a, b = (t.view(2, 2, 4) for t in self.fc(x).chunk(2, dim=1))"),
    "heads_cut_into_a_tuple": heads("a, b = tuple(t.view(2, 2, 4) for t in self.fc(x).chunk(2, dim=1))"),
    "heads_by_number": heads("parts = self.fc(x).chunk(2, dim=1)\n        a, b = [parts[i].view(2, 2, 4) for i in range(2)]"),
    "annotated_members": Words("two_kernels", [(R, "self.fc = Fc()", "self.fc: nn.Module = Fc()"), (R, "self.relu = Relu()", "self.relu: nn.Module = Relu()")]),
    "children_side_by_side": Words("two_kernels", [(R, "return self.relu(self.fc(x))", "for child in (self.fc, self.relu):\n            x = child(x)\n        return x")]),
    "imports_on_one_line": Words("two_kernels", [(R, "import torch\nimport torch.nn as nn", "import torch\nfrom torch import nn, Tensor"), (R, "self, x)", "self, x: Tensor) -> Tensor")]),
    "import_of_the_namespace": Words("two_kernels", [(R, "import torch.nn as nn", "import torch.nn"), (R, "(nn.Module)", "(torch.nn.Module)")]),
    "imports_tried": Words("two_kernels", [(R, "from fc import Model as Fc", "try:\n    from fc import Model as Fc\nexcept ImportError:\n    from children.fc import Model as Fc")]),
    "imports_for_the_self_test": in_child("import math\n", "import math\nimport sys\nimport traceback\n"),
    "self_test_by_main": Words("two_kernels", [(name, "def get_inputs", f'def main():\n    model = {model}()\n    print(model.__class__.__name__)\n    raise SystemExit(0)\n\n\ndef get_inputs') for name, model in ((R, "RefactoredModel"), (FILE.format("fc"), "Model"))]),
    "model_under_its_other_name": Words("two_kernels", [(R, "def get_inputs", "Model = RefactoredModel\n\n\ndef get_inputs")]),
    "private_members": Words("two_kernels", [(R, "self.fc = Fc()", "self._fc = Fc()"), (R, "self.fc(x)", "self._fc(x)")]),
    "constants_of_the_class": Words("two_kernels", [(R, "    def __init__(self):", '    """Calls children."""\n\n    WIDTH: int = 8\n\n    def __init__(self):'), (R, "self.relu(self.fc(x))", "self.relu(self.fc(x)).view(-1, self.WIDTH)")]),
    "table_of_constants": in_child("class Model", 'CONFIG = {"rows": 2, "width": 8}\n\n\nclass Config:\n    """Sizes."""\n\n    width: int = 8\n    out = 2 * 4\n\n\nclass Model').merged(in_child("nn.Linear(8, 8)", "nn.Linear(Config.width, Config.out)"), in_child("torch.randn(2, 8)", 'torch.randn(CONFIG["rows"], CONFIG["width"])')),
    "shape_as_a_list_in_a_child": constant("SHAPE = [2, 8]", "torch.randn(SHAPE)", FILE.format("fc")),
    "members_in_a_sequence": members("nn.Sequential(Fc(), Relu())", "self.ops(x)"),
    "members_in_a_sequence_of_a_list": members("nn.Sequential(*[Fc() for _ in range(1)], Relu())", "self.ops(x)"),
    "members_in_a_dict": members('nn.ModuleDict({"fc": Fc(), "relu": Relu()})', 'self.ops["relu"](self.ops["fc"](x))'),
    "members_put_into_a_dict": members('nn.ModuleDict()\n        self.ops["fc"] = Fc()\n        self.ops["relu"] = Relu()', "x", "for op in self.ops.values():\n            x = op(x)"),
    "members_by_made_up_names": members('nn.ModuleDict({f"op_{i}": Fc() for i in range(1)})\n        self.ops["op_1"] = Relu()', "x", 'for i in range(2):\n            x = self.ops[f"op_{i}"](x)'),
    "members_by_items": members("nn.ModuleDict(dict(fc=Fc(), relu=Relu()))", "x", "for name, op in self.ops.items():\n            x = op(x)"),
    "members_added_up": members("nn.ModuleList()\n        self.ops.extend([Fc()])\n        self.ops += [Relu()]", "x", "for op in self.ops:\n            x = op(x)"),
    "plumbing_in_a_method": Words("two_kernels", [(R, FORWARD, f"    def _merge(self, t, rows=2):\n        return t.reshape(rows, -1)\n\n{FORWARD}"), (R, "self.relu(self.fc(x))", "self._merge(self.relu(self.fc(x)))")]),
    "plumbing_in_a_function": Words("two_kernels", [(R, "class RefactoredModel", "def merge(t: torch.Tensor) -> torch.Tensor:\n    rows = t.shape[0]\n    return t.reshape(rows, -1)\n\n\nclass RefactoredModel"), (R, "self.relu(self.fc(x))", "merge(self.relu(self.fc(x)))")]),
    "child_called_by_a_method": Words("two_kernels", [(R, FORWARD, f"    def activate(self, t):\n        return self.relu(t)\n\n{FORWARD}"), (R, "self.relu(self.fc(x))", "self.activate(self.fc(x))")]),
    "asserts_in_the_parent": Words("two_kernels", [(R, "return self.relu", 'assert x.dim() == 2 and x.shape[1] == 8, f"expected 8 columns, got {tuple(x.shape)}"\n        return self.relu')]),
    "asks_for_the_rank": Words("two_kernels", [(R, "return self.relu(self.fc(x))", "y = self.relu(self.fc(x))\n        if y.dim() == 3:\n            y = y.flatten(1)\n        return y")]),
    "asks_for_a_flag": Words("two_kernels", [(R, "self.fc = Fc()", "self.fc = Fc()\n        self.skip = None\n        self.residual = False"), (R, "return self.relu(self.fc(x))", "y = self.relu(self.fc(x))\n        if self.skip is not None:\n            y = y + x\n        return y + x if self.residual else y")]),
    "guard_in_a_kernel": in_child("return self.fc(x)", 'if x.dim() != 2:\n            raise ValueError(f"expected rows, got {tuple(x.shape)}")\n        return self.fc(x)'),
    "initialised_by_a_method": in_child("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.reset_parameters()").merged(in_child(FORWARD, f"    def reset_parameters(self):\n        nn.init.xavier_uniform_(self.fc.weight)\n\n{FORWARD}")),
    "initialised_by_apply": in_child("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        self.apply(self._init_weights)").merged(in_child(FORWARD, f"    def _init_weights(self, m):\n        if isinstance(m, nn.Linear):\n            nn.init.zeros_(m.bias)\n\n{FORWARD}")),
    "initialised_in_a_loop": in_child("self.fc = nn.Linear(8, 8)", "self.fc = nn.Linear(8, 8)\n        for m in self.modules():\n            if isinstance(m, nn.Linear):\n                nn.init.zeros_(m.bias)\n        self.eval()"),
    "inputs_appended": Words("two_kernels", [(R, INPUTS, "inputs = []\n    x: torch.Tensor = torch.randn(2, 8)\n    inputs.append(x)\n    return inputs")]),
    "rest_of_a_shape": Words("two_kernels", [(R, "return self.relu(self.fc(x))", "*lead, d = x.shape\n        b, *rest = x.shape\n        return self.relu(self.fc(x)).reshape(*lead, d).view(b, *rest)")]),
    "constant_by_a_function": Words("two_kernels", [(R, "import torch\n", "import math\n\nimport torch\n"), (R, "self.fc = Fc()", "self.fc, width = Fc(), 8\n        self.rows, self.side = 2, int(math.sqrt(width * 8))"), (R, "return self.relu(self.fc(x))", "return self.relu(self.fc(x)).view(self.rows, self.side)")]),
    "list_of_sizes": Words("two_kernels", [(R, "return self.relu(self.fc(x))", "shape = list(x.shape)\n        shape[-1] = shape[-1] // 2\n        shape.insert(1, len(shape))\n        return self.relu(self.fc(x)).view(*shape[:1], shape[1] * shape[2])")]),
    "list_filled_by_place": returned("return torch.cat(outs, 1)", "kept = [None, None]\n        kept[0] = outs[0]\n        kept[1] = outs[1]\n        kept += outs[2:]\n        return torch.cat(kept, 1)"),
    "values_of_a_dict": returned("return torch.cat(outs, 1)", 'found = {"a": outs[0], "b": outs[1]}\n        found["c"] = x\n        return torch.cat(list(found.values()), 1)'),
    "two_loops_at_once": Words("two_kernels", [(R, "return self.relu(self.fc(x))", "y = self.relu(self.fc(x))\n        return torch.cat([y[i::2, j::2] for j in range(2) for i in range(2)], dim=1)"), ("original.py", "return F.relu(self.fc(x))", "y = F.relu(self.fc(x))\n        return torch.cat([y[0::2, 0::2], y[1::2, 0::2], y[0::2, 1::2], y[1::2, 1::2]], dim=1)")]),
    "sizes_given_to_a_method": Words("two_kernels", [(R, FORWARD, f"    def _rows(self, t, rows, width):\n        return t.view(rows // 2, 2, width % 9)\n\n    def unused(self, t):\n        return t.flatten()\n\n{FORWARD}"), (R, "self.relu(self.fc(x))", "self._rows(self.relu(self.fc(x)), *x.shape).flatten(0, 1)")]),
    "sizes_given_to_a_function": Words("two_kernels", [(R, "class RefactoredModel", "def rows(t, size, width=8):\n    b, _ = t.shape\n    return t.view(b // size, size, width)\n\n\nclass RefactoredModel"), (R, "self.relu(self.fc(x))", "rows(self.relu(self.fc(x)), 2).flatten(0, 1)")]),
    "plumbing_in_a_static_method": Words("two_kernels", [(R, FORWARD, f"    @staticmethod\n    def _merge(t, rows=2):\n        return t.reshape(rows, -1)\n\n{FORWARD}"), (R, "self.relu(self.fc(x))", "self._merge(self.relu(self.fc(x)))")]),
    "child_that_is_not_there": Words("two_kernels", [(R, "self.fc = Fc()", "self.fc = Fc()\n        self.skip = None"), (R, "return self.relu(self.fc(x))", "y = self.fc(x)\n        if self.skip is not None:\n            y = self.skip(y)\n        return self.relu(y)")]),
    "list_of_places": returned("return torch.cat(outs, 1)", "kept = [None] * 3\n        for i, out in enumerate(outs):\n            kept[i] = out\n        return torch.cat(kept, 1)"),
    "child_made_with_its_own_arguments": in_child("def __init__(self)", "def __init__(self, width, bias=True)").merged(in_child("nn.Linear(8, 8)", "nn.Linear(width, width, bias)"), in_child("return []", "return [8]"), Words("two_kernels", [(R, "Fc()", "Fc(width=8)")])),
    "asks_for_kinds": Words("two_kernels", [(R, "return self.relu", "assert isinstance(x, torch.Tensor) and x.dtype == torch.float32\n        assert x.numel() == 16 and not x.dtype != x.dtype\n        return self.relu")]),
    "choice_by_a_mask": Words("asks_whether_there_is_a_mask", [(R, "if mask is not None:\n            y = self.fill(y, mask)\n", "y = y if mask is None else self.fill(y, mask)\n")]),
}  # fmt: skip
