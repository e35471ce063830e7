# ruff: noqa: E501 (a table)
"""Honest work as people and agents write it by hand: no weight map, other spellings."""

from honest_steps import BLOCK, FC, MLP, TWO
from steps import LINEAR, RELU, Child, Step, fusion, layer

IMAGE, MAPS = "[torch.randn(2, 3, 8, 8)]", "[torch.randn(2, 4, 8, 8)]"
CONV = Child("return self.conv(x)", "self.conv = nn.Conv2d(3, 4, 3, padding=1)", IMAGE)
NORM = Child("return self.bn(x)", "self.bn = nn.BatchNorm2d(4)", MAPS)
CBR = "self.conv = nn.Conv2d(3, 4, 3, padding=1)\nself.bn = nn.BatchNorm2d(4)"
THREE = "self.conv = Conv()\nself.bn = Bn()\nself.relu = Relu()"
SQUARE = Child("return self.fc(x)", "self.fc = nn.Linear(8, 8, bias=False)")
TOKENS = "[torch.randn(2, 6, 8)]"
HEADS = ", ".join(["torch.randn(2, 2, 6, 4)"] * 3)
TOKEN_LINEAR = LINEAR._replace(inputs=TOKENS)


def images(norm: Child, weight_map: dict[str, str] | None = None) -> Step:
    """A convolution, batch norm and relu, with some form of norm."""
    children = {"conv": CONV, "bn": norm, "relu": RELU._replace(inputs=MAPS)}
    original = fusion("return F.relu(self.bn(self.conv(x)))", CBR, IMAGE)
    return Step(original, children, THREE, "return self.relu(self.bn(self.conv(x)))", weight_map)


def attention(forward: str) -> Step:
    """Heads cut and joined in the parent, one way or another."""
    lines = (
        "B, T, C = x.shape\nq, k, v = self.qkv(x).chunk(3, dim=-1)\n"
        "q, k, v = (t.view(B, T, 2, 4).transpose(1, 2) for t in (q, k, v))\n"
        "p = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(4), dim=-1)\n"
        "return self.out((p @ v).transpose(1, 2).reshape(B, T, C))"
    )
    children = {
        "qkv": Child("return self.fc(x)", "self.fc = nn.Linear(8, 24)", TOKENS),
        "core": Child(
            "s = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(4)\nreturn torch.matmul(F.softmax(s, dim=3), v)",
            inputs=f"[{HEADS}]",
            args="q, k, v",
            level="fusion",
        ),
        "out": TOKEN_LINEAR,
    }
    original = layer(lines, "self.qkv = nn.Linear(8, 24)\nself.out = nn.Linear(8, 8)", TOKENS)
    return Step(
        original, children, "self.qkv = Qkv()\nself.core = Core()\nself.out = Out()", forward
    )


IN_PROJECTION = """self.in_proj_weight = nn.Parameter(torch.randn(24, 8))
self.in_proj_bias = nn.Parameter(torch.zeros(24))"""
PLAIN_NORM = """self.weight = nn.Parameter(torch.ones(4))
self.bias = nn.Parameter(torch.zeros(4))
self.register_buffer("running_mean", torch.zeros(4))
self.register_buffer("running_var", torch.ones(4))"""

SLOPE = "self.slope = float((torch.linspace(0.0, 1.0, 3) * 0.5)[1])"
ROUNDED = {
    "multihead_attention_by_hand"
}  # the dispatcher chooses another product for other strides
BY_HAND = {
    "multihead_attention_by_hand": Step(  # whose inputs are transposed, and its bmm no addmm
        layer(
            "y, _ = self.mha(x, x, x, need_weights=False)\nreturn self.norm(x + y)",
            "self.mha = nn.MultiheadAttention(8, 2, batch_first=True)\nself.norm = nn.LayerNorm(8)",
            TOKENS,
        ),
        {
            "qkv": Child(
                "return F.linear(x, self.in_proj_weight, self.in_proj_bias)", IN_PROJECTION, TOKENS
            ),
            "core": Child(
                "return F.scaled_dot_product_attention(q, k, v)",
                inputs=f"[{HEADS}]",
                args="q, k, v",
            ),
            "out": Child("return self.out_proj(x)", "self.out_proj = nn.Linear(8, 8)", TOKENS),
            "norm": Child("return self.norm(x)", "self.norm = nn.LayerNorm(8)", TOKENS),
        },
        "self.qkv = Qkv()\nself.core = Core()\nself.out = Out()\nself.norm = Norm()",
        "B, T, C = x.shape\nq, k, v = (t.view(B, T, 2, 4).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=-1))\ny = self.core(q, k, v).transpose(1, 2).reshape(B, T, C)\nreturn self.norm(x + self.out(y))",
    ),
    "map_from_the_side_of_the_original": Step(
        fusion("return F.relu(self.fc(x))", FC),
        MLP,
        TWO,
        "return self.relu(self.fc(x))",
        {"fc.weight": "fc.fc.weight", "fc.bias": "fc.fc.bias"},
    ),
    "constant_computed_in_the_constructor": Step(
        fusion("return F.leaky_relu(self.fc(x), self.slope)", f"{FC}\n{SLOPE}"),
        {"fc": LINEAR, "act": Child("return F.leaky_relu(x, self.slope)", SLOPE)},
        "self.fc = Fc()\nself.act = Act()",
        "return self.act(self.fc(x))",
    ),
    "batch_norm_without_a_map": images(NORM),
    "functional_norm_without_a_map": images(
        Child(
            "return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)",
            PLAIN_NORM,
            MAPS,
        )
    ),
    "counter_left_out_of_the_map": images(
        NORM,
        {
            f"{a}.{a}.{b}": f"{a}.{b}"
            for a, b in [
                ("conv", "weight"),
                ("conv", "bias"),
                ("bn", "weight"),
                ("bn", "bias"),
                ("bn", "running_mean"),
                ("bn", "running_var"),
            ]
        },
    ),
    "gate_and_up_without_a_map": Step(
        fusion(
            "u = self.b(x)\nreturn self.c(F.silu(self.a(x)) * u)",
            "\n".join(f"self.{n} = nn.Linear(8, 8, bias=False)" for n in "cba"),
        ),
        {"square": SQUARE, "silu": Child("return F.silu(x)")},
        "self.up = Square()\nself.down = Square()\nself.gate = Square()\nself.silu = Silu()",
        "g = self.silu(self.gate(x))\nreturn self.down(g * self.up(x))",
    ),
    "scale_and_bias_of_one_shape": Step(
        fusion(
            "return x + self.gamma * self.fc(x)",
            f"self.gamma = nn.Parameter(torch.ones(8) * 1e-4)\n{FC}",
        ),
        {
            "fc": LINEAR,
            "scale": Child("return x * self.gamma", "self.gamma = nn.Parameter(torch.ones(8))"),
        },
        "self.fc = Fc()\nself.scale = Scale()",
        "return self.scale(self.fc(x)) + x",
    ),
    "tied_as_two_without_a_map": Step(
        fusion("return self.fc(F.relu(self.fc(x)))", FC),
        MLP,
        "self.one = Fc()\nself.two = Fc()\nself.relu = Relu()",
        "return self.two(self.relu(self.one(x)))",
    ),
    "lstm_with_plain_inputs": Step(
        fusion(
            "y, _ = self.lstm(x)\nreturn self.fc(y)",
            f"self.lstm = nn.LSTM(8, 8, batch_first=True)\n{FC}",
            TOKENS,
        ),
        {
            "lstm": Child(
                "return self.lstm(x)", "self.lstm = nn.LSTM(8, 8, batch_first=True)", TOKENS
            ),
            "fc": TOKEN_LINEAR,
        },
        "self.lstm = Lstm()\nself.fc = Fc()",
        "y, (h, c) = self.lstm(x)\nreturn self.fc(y)",
    ),
    "attention_by_chunks": attention(
        "B, T, C = x.shape\nq, k, v = self.qkv(x).chunk(3, dim=-1)\nq = q.view(B, T, 2, C // 2).transpose(1, 2)\nk = k.view(B, T, 2, C // 2).transpose(1, 2)\nv = v.view(B, T, 2, C // 2).transpose(1, 2)\ny = self.core(q, k, v)\nreturn self.out(y.transpose(1, 2).contiguous().view(B, T, C))"
    ),
    "attention_by_one_permutation": attention(
        "B, T, C = x.size()\nqkv = self.qkv(x).reshape(B, T, 3, 2, 4).permute(2, 0, 3, 1, 4)\nq, k, v = qkv.unbind(0)\nreturn self.out(self.core(q, k, v).transpose(1, 2).reshape(B, T, C))"
    ),
    "scaled_by_a_constant": Step(
        fusion("return F.relu(self.fc(x) * (1.0 / math.sqrt(8)))", FC),
        MLP,
        f"{TWO}\nhead = 8\nself.scale = head ** -0.5",
        "return self.relu(self.fc(x) * self.scale)",
    ),
    "whole_number_for_a_float": Step(
        fusion("return F.relu(self.fc(x) * 2 + 1)", FC),
        MLP,
        TWO,
        "return self.relu(self.fc(x) * 2.0 + 1.0)",
    ),
    "list_that_grows": Step(
        fusion("return torch.stack([self.fc(x), F.relu(x), x], dim=1)", FC),
        MLP,
        TWO,
        "parts = []\nparts.append(self.fc(x))\nparts.append(self.relu(x))\nparts.append(x)\nreturn torch.stack(parts, dim=1)",
    ),
    "branches_in_a_comprehension": Step(
        layer(
            "return torch.cat([F.relu(self.a(x)), F.relu(self.b(x))], dim=1)",
            "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)",
        ),
        {"block": BLOCK},
        "self.branches = nn.ModuleList()\nfor _ in range(2):\n    self.branches.append(Block())",
        "return torch.cat([branch(x) for branch in self.branches], dim=1)",
        {
            f"branches.{i}.fc.{p}": f"{n}.{p}"
            for i, n in enumerate("ab")
            for p in ("weight", "bias")
        },
    ),
    "loop_by_length": Step(
        layer(
            "for m in self.m:\n    x = F.relu(m(x))\nreturn x",
            "self.m = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])",
        ),
        {"block": BLOCK},
        "self.blocks = nn.ModuleList([Block() for _ in range(3)])",
        "for i in range(len(self.blocks)):\n    x = self.blocks[i](x)\nreturn x",
    ),
    "asks_whether_there_is_a_mask": Step(
        fusion(
            "return F.relu(self.fc(x).masked_fill(mask, -1.0))",
            FC,
            "[torch.randn(2, 8), torch.rand(2, 8) > 0.5]",
            "x, mask=None",
        ),
        {
            **MLP,
            "fill": Child(
                "return x.masked_fill(mask, -1)",
                inputs="[torch.randn(2, 8), torch.rand(2, 8) > 0.5]",
                args="x, mask",
            ),
        },
        f"{TWO}\nself.fill = Fill()",
        "y = self.fc(x)\nif mask is not None:\n    y = self.fill(y, mask)\nreturn self.relu(y)",
    ),
    "mask_made_by_functions": Step(
        fusion(
            "return F.relu(x.masked_fill(mask, -1.0))",
            inputs="[torch.randn(4, 4), torch.tril(torch.ones_like(torch.zeros(4, 4))) == 0]",
            args="x, mask",
        ),
        {
            "fill": Child(
                "return x.masked_fill(mask, -1.0)",
                inputs="[torch.randn(4, 4), torch.triu(torch.ones(4, 4), diagonal=1).bool()]",
                args="x, mask",
            ),
            "relu": RELU._replace(inputs="[torch.randn(4, 4)]"),
        },
        "self.fill = Fill()\nself.relu = Relu()",
        "return self.relu(self.fill(x, mask))",
    ),
    "pool_by_function": Step(
        fusion("return F.relu(self.pool(x))", "self.pool = nn.MaxPool2d(2)", MAPS),
        {
            "pool": Child("return F.max_pool2d(x, 2)", inputs=MAPS),
            "relu": RELU._replace(inputs="[torch.randn(2, 4, 4, 4)]"),
        },
        "self.pool = Pool()\nself.relu = Relu()",
        "return self.relu(self.pool(x))",
    ),
    "asserts_about_shapes": Step(
        fusion("return F.relu(self.fc(x))", FC),
        {**MLP, "fc": Child("assert x.dim() == 2\nassert x.shape[1] == 8\nreturn self.fc(x)", FC)},
        TWO,
        "return self.relu(self.fc(x))",
    ),
    "identity_of_the_original": Step(
        fusion("return F.relu(self.same(self.fc(x)))", f"{FC}\nself.same = nn.Identity()"),
        {**MLP, "same": Child("return self.same(x)", "self.same = nn.Identity()")},
        f"{TWO}\nself.same = Same()",
        "return self.relu(self.same(self.fc(x)))",
    ),
    "dead_operation_with_weights": Step(
        fusion("y = self.head(x)\nreturn F.relu(self.fc(x))", f"{FC}\nself.head = nn.Linear(8, 3)"),
        MLP,
        TWO,
        "return self.relu(self.fc(x))",
    ),
    "original_replaces_an_attribute": Step(
        fusion(
            "self.h.copy_(x)\nself.h = F.relu(self.fc(self.h))\nreturn self.h",
            f"{FC}\nself.h = torch.zeros(2, 8)",
        ),
        {
            **MLP,
            "h": Child(
                "self.h.copy_(x)\nreturn self.h", 'self.register_buffer("h", torch.zeros(2, 8))'
            ),
        },
        f"{TWO}\nself.h = H()",
        "return self.relu(self.fc(self.h(x)))",
        {"fc.fc.weight": "fc.weight", "fc.fc.bias": "fc.bias", "h.h": "h"},
    ),
    "original_with_hooks": Step(
        fusion(
            "return F.relu(self.fc(x))",
            f"{FC}\nself.fc.register_forward_hook(lambda m, i, o: torch.tanh(o))",
        ),
        {**MLP, "tanh": Child("return torch.tanh(x)")},
        f"{TWO}\nself.tanh = Tanh()",
        "return self.relu(self.tanh(self.fc(x)))",
    ),
    "original_in_inference_mode": Step(
        fusion("with torch.inference_mode():\n    y = self.fc(x)\nreturn F.relu(y)", FC),
        MLP,
        TWO,
        "return self.relu(self.fc(x))",
    ),
    "child_under_autocast": Step(
        fusion(
            'with torch.autocast("cpu", dtype=torch.bfloat16):\n    y = self.fc(x)\nreturn F.relu(y)',
            FC,
        ),
        {
            "fc": Child(
                'with torch.autocast("cpu", dtype=torch.bfloat16):\n    y = self.fc(x)\nreturn y',
                FC,
            ),
            "relu": RELU._replace(inputs="[torch.randn(2, 8, dtype=torch.bfloat16)]"),
        },
        TWO,
        "return self.relu(self.fc(x))",
    ),
    "sizes_that_hang_on_data": Step(
        fusion("return F.relu(self.fc(x[x[:, 0] > 0]))", FC, "[torch.randn(9, 8)]"),
        {
            "positive": Child("return x > 0", inputs="[torch.randn(9, 8)[:, 0]]"),
            "pick": Child(
                "return x[m]", inputs="[torch.randn(9, 8), torch.rand(9) > 0.5]", args="x, m"
            ),
            "fc": LINEAR,
            "relu": RELU,
        },
        f"{TWO}\nself.positive = Positive()\nself.pick = Pick()",
        "return self.relu(self.fc(self.pick(x, self.positive(x[:, 0]))))",
    ),
}
SPELLINGS = {  # of the first lines, each in place of SPEC's own
    "os_path": 'HERE = os.path.dirname(os.path.abspath(__file__))\nsys.path.insert(0, os.path.join(HERE, "children"))',
    "append": 'sys.path.append(str(Path(__file__).resolve().parent / "children"))',
    "joined": 'sys.path.insert(0, str(Path(__file__).parent.joinpath("children")))',
    "guarded": 'CHILDREN = str(Path(__file__).parent / "children")\nif CHILDREN not in sys.path:\n    sys.path.insert(0, CHILDREN)',
    "constants": "WIDTH, DEPTH = 8, 2\nSCALE = (WIDTH // DEPTH) ** -0.5",
}
