# ruff: noqa: E501 (a table)
"""Honest work that must pass, by name."""

from steps import LINEAR, RELU, TANH, Child, Step, around, fusion, layer

X = "[torch.randn(2, 8)]"
TWO = "self.fc = Fc()\nself.relu = Relu()"
MLP = {"fc": LINEAR, "relu": RELU}
FC = "self.fc = nn.Linear(8, 8)"
IMAGE = "[torch.randn(2, 3, 8, 8)]"
TABLE = Child(
    "return self.table(x)", "self.table = nn.Embedding(10, 8)", "[torch.randint(0, 10, (2, 5))]"
)
EMBEDDED_RELU = RELU._replace(inputs="[torch.randn(2, 5, 8)]")
BLOCK = Child("return F.relu(self.fc(x))", FC, level="fusion")


def typed(dtype: str) -> Step:
    """A linear and a relu in another dtype."""
    init, inputs = f"self.fc = nn.Linear(8, 8, dtype={dtype})", f"[torch.randn(2, 8).to({dtype})]"
    children = {
        "fc": LINEAR._replace(init=init, inputs=inputs),
        "relu": RELU._replace(inputs=inputs),
    }
    return Step(
        fusion("return F.relu(self.fc(x))", init, inputs),
        children,
        TWO,
        "return self.relu(self.fc(x))",
    )


def outputs(form: str) -> Step:
    """Two results in some nesting."""
    children = {"tanh": TANH, "relu": RELU}
    one, two = (
        form.format(a=a, b=b)
        for a, b in (("torch.tanh(x)", "F.relu(x)"), ("self.tanh(x)", "self.relu(x)"))
    )
    return Step(
        fusion(f"return {one}"), children, "self.tanh = Tanh()\nself.relu = Relu()", f"return {two}"
    )


def objects(forward: str, refactored: str) -> Step:
    """An output object on the one side, and the dict of what it holds on the other."""
    children = {"tanh": TANH, "relu": RELU}
    return Step(
        fusion(forward), children, "self.tanh = Tanh()\nself.relu = Relu()", f"return {refactored}"
    )


BLOCKS = "self.blocks = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])"
LOOP = "for block in self.blocks:\n    x = F.relu(block(x))\nreturn x"


def looped(init: str, forward: str) -> Step:
    """Three equal blocks under a layer, in some form of loop."""
    names = {f"blocks.{i}.fc.{p}": f"blocks.{i}.{p}" for i in range(3) for p in ("weight", "bias")}
    return Step(layer(LOOP, BLOCKS), {"block": BLOCK}, init, forward, names)


HONEST = {
    "two_kernels": Step(
        fusion("return F.relu(self.fc(x))", FC), MLP, TWO, "return self.relu(self.fc(x))"
    ),
    "one_kernel": Step(
        Child("return F.softmax(x, -1)"),
        {"softmax": Child("return x.softmax(dim=-1)")},
        "self.softmax = Softmax()",
        "return self.softmax(x)",
    ),
    "residual_and_scale": Step(
        fusion("return x + 0.5 * F.relu(self.fc(x))", FC),
        MLP,
        TWO,
        "y = self.relu(self.fc(x))\nreturn x + 0.5 * y",
    ),
    "augmented": Step(
        fusion("y = F.relu(self.fc(x))\ny = y + x\nreturn y / 3 - x", FC),
        MLP,
        TWO,
        "y = self.relu(self.fc(x))\ny += x\nreturn y / 3 - x",
    ),
    "reciprocal_and_minus": around("y = {a}\nreturn -(1 / ({b} + 2))"),
    "shapes": around(
        "y = {a}.view(4, 4).reshape(2, 2, 4).permute(2, 0, 1).transpose(0, 1).flatten(1).unflatten(1, (2, 4)).movedim(0, 2).swapaxes(0, 1)\nreturn {b}.squeeze().unsqueeze(0)",
        shape="4, 2, 2).clone().as_strided((4, 2, 2), (1, 4, 8)",
    ),
    "joins": around(
        "y = torch.cat([{a}, x], dim=1)\nz = {b}\na, b = z.split(8, dim=1)\nc, d = z.chunk(2, dim=1)\ne, f = torch.stack([a, d], 0).unbind(0)\nreturn torch.cat((e, f, b, c), -1)",
        shape="2, 16",
    ),
    "slices": around(
        "y = {a}[:, 1:5]\nz = {b}\nreturn z[..., None], z[0], z[:, -1], z.narrow(1, 0, 2), z.select(0, 1)",
        shape="16).as_strided((2, 4), (8, 1)",
    ),
    "broadcasts": around(
        "y = {a}.unsqueeze(0).expand(3, 2, 8).contiguous()\nz = {b}\nreturn z.clone(), z[:1].broadcast_to(4, 2, 8), z[0].expand_as(z), z.transpose(0, 1)",
        shape="3, 2, 8",
    ),
    "sizes": around(
        "n = x.shape[0]\ny = {a}.view(n * 2, x.size(1) // 2)\nz = {b}\nreturn z.reshape(n, -1)",
        shape="4, 4",
    ),
    "two_inputs": Step(
        fusion(
            "return torch.matmul(F.relu(x), y)",
            inputs="[torch.randn(2, 8), torch.randn(8, 3)]",
            args="x, y",
        ),
        {
            "relu": RELU,
            "matmul": Child(
                "return torch.matmul(x, y)",
                inputs="[torch.randn(2, 8), torch.randn(8, 3)]",
                args="x, y",
            ),
        },
        "self.relu = Relu()\nself.matmul = Matmul()",
        "return self.matmul(self.relu(x), y)",
    ),
    "integers": Step(
        fusion(
            "return F.relu(self.table(x))",
            "self.table = nn.Embedding(10, 8)",
            "[torch.randint(0, 10, (2, 5))]",
        ),
        {
            "table": TABLE,
            "relu": EMBEDDED_RELU,
        },
        "self.table = Table()\nself.relu = Relu()",
        "return self.relu(self.table(x))",
    ),
    "mask": Step(
        fusion(
            'return F.softmax(x.masked_fill(m, float("-inf")), -1)',
            inputs="[torch.randn(4, 4), torch.ones(4, 4).triu(1) > 0]",
            args="x, m",
        ),
        {
            "fill": Child(
                'return x.masked_fill(m, float("-inf"))',
                inputs="[torch.randn(4, 4), torch.ones(4, 4).triu(1) > 0]",
                args="x, m",
            ),
            "softmax": Child("return F.softmax(x, -1)", inputs="[torch.randn(4, 4)]"),
        },
        "self.fill = Fill()\nself.softmax = Softmax()",
        "return self.softmax(self.fill(x, m))",
    ),
    "tuple": outputs("({a}, {b})"),
    "list": outputs("[{a}, {b}]"),
    "nested": outputs("({a}, [({b}, None), 3])"),
    "dict": outputs('{{"a": {a}, "b": {b}}}'),
    "none": outputs("({a}, None, {b})"),
    "loop": looped(
        "self.blocks = nn.ModuleList([Block() for _ in range(3)])",
        "for block in self.blocks:\n    x = block(x)\nreturn x",
    ),
    "enumerated": looped(
        "self.blocks = nn.ModuleList([Block(), Block(), Block()])",
        "for i, block in enumerate(self.blocks):\n    x = block(x)\nreturn x",
    ),
    "indexed": looped(
        "self.blocks = nn.ModuleList([Block() for _ in range(3)])",
        "x = self.blocks[0](x)\nfor i in range(1, 3):\n    x = self.blocks[i](x)\nreturn x",
    ),
    "shared_child": Step(
        fusion("return self.fc(F.relu(self.fc(x)))", FC),
        MLP,
        TWO,
        "return self.fc(self.relu(self.fc(x)))",
    ),
    "tied_attribute": Step(
        fusion("return self.fc(F.relu(self.fc(x)))", FC),
        MLP,
        f"{TWO}\nself.fc2 = self.fc",
        "return self.fc2(self.relu(self.fc(x)))",
    ),
    "tied_weights": Step(
        fusion(
            "return F.linear(F.relu(self.table(x)), self.table.weight)",
            "self.table = nn.Embedding(10, 8)",
            "[torch.randint(0, 10, (2, 5))]",
        ),
        {
            "table": TABLE,
            "relu": EMBEDDED_RELU,
            "head": Child(
                "return F.linear(x, self.weight)",
                "self.weight = nn.Parameter(torch.randn(10, 8))",
                "[torch.randn(2, 5, 8)]",
            ),
        },
        "self.table = Table()\nself.relu = Relu()\nself.head = Head()",
        "return self.head(self.relu(self.table(x)))",
        {"table.table.weight": "table.weight", "head.weight": "table.weight"},
    ),
    "no_parameters": Step(
        fusion("return torch.tanh(F.relu(x))"),
        {"tanh": TANH, "relu": RELU},
        "self.tanh = Tanh()\nself.relu = Relu()",
        "return self.tanh(self.relu(x))",
    ),
    "buffer": Step(
        fusion("return F.relu(x * self.scale)", 'self.register_buffer("scale", torch.arange(8.0))'),
        {
            "scale": Child(
                "return x * self.scale", 'self.register_buffer("scale", torch.arange(8.0))'
            ),
            "relu": RELU,
        },
        "self.scale = Scale()\nself.relu = Relu()",
        "return self.relu(self.scale(x))",
    ),
    "parameter_handed_out": Step(
        fusion(
            "return F.relu(torch.cat([self.cls.expand(2, 1), self.fc(x)], 1))",
            f"{FC}\nself.cls = nn.Parameter(torch.zeros(1, 1))",
        ),
        {
            "cls": Child(
                "return self.cls", "self.cls = nn.Parameter(torch.zeros(1, 1))", "[]", "-"
            ),
            "fc": LINEAR,
            "relu": RELU._replace(inputs="[torch.randn(2, 9)]"),
        },
        "self.cls = Cls()\nself.fc = Fc()\nself.relu = Relu()",
        "return self.relu(torch.cat([self.cls().expand(2, 1), self.fc(x)], 1))",
        {"cls.cls": "cls", "fc.fc.weight": "fc.weight", "fc.fc.bias": "fc.bias"},
    ),
    "constant_of_the_class": Step(
        fusion("return F.relu(self.fc(x)) * 0.125", FC),
        MLP,
        f"{TWO}\nself.scale = 0.125",
        "return self.relu(self.fc(x)) * self.scale",
    ),
    "bfloat16": typed("torch.bfloat16"),
    "float16": typed("torch.float16"),
    "float64": typed("torch.float64"),
    "complex": Step(
        fusion("return torch.fft.fft(torch.tanh(x)) * 2.0"),
        {"tanh": TANH, "fft": Child("return torch.fft.fft(x)")},
        "self.tanh = Tanh()\nself.fft = Fft()",
        "return self.fft(self.tanh(x)) * 2.0",
    ),
    "lstm": Step(
        fusion(
            "y, (h, c) = self.lstm(x)\nreturn F.relu(y), h",
            "self.lstm = nn.LSTM(8, 8, batch_first=True)",
            "[torch.randn(2, 4, 8)]",
        ),
        {
            "lstm": Child(
                "return self.lstm(x)",
                "self.lstm = nn.LSTM(8, 8, batch_first=True)",
                "[torch.randn(2, 4, 8)]",
            ),
            "relu": RELU._replace(inputs="[torch.randn(4, 2, 8).transpose(0, 1)]"),
        },
        "self.lstm = Lstm()\nself.relu = Relu()",
        "y, (h, c) = self.lstm(x)\nreturn self.relu(y), h",
    ),
    "in_place_inside": Step(
        fusion("return F.relu(self.fc(x), inplace=True)", FC),
        {"fc": LINEAR, "relu": Child("return F.relu_(x)")},
        TWO,
        "return self.relu(self.fc(x))",
    ),
    "input_written": Step(
        fusion("x.relu_()\nreturn torch.tanh(x)"),
        {"tanh": TANH, "relu": Child("return x.relu_()")},
        "self.tanh = Tanh()\nself.relu = Relu()",
        "x = self.relu(x)\nreturn self.tanh(x)",
    ),
    "buffer_written": Step(
        fusion(
            "self.count.add_(1)\nreturn F.relu(x)", 'self.register_buffer("count", torch.ones(()))'
        ),
        {
            "count": Child(
                "return self.count.add_(1)",
                'self.register_buffer("count", torch.ones(()))',
                "[]",
                "-",
            ),
            "relu": RELU,
        },
        "self.count = Count()\nself.relu = Relu()",
        "self.count()\nreturn self.relu(x)",
        {"count.count": "count"},
    ),
    "minus_infinity": Step(
        fusion(
            "return F.softmax(x + y, -1)",
            inputs='[torch.randn(4, 4), torch.full((4, 4), float("-inf")).triu(1)]',
            args="x, y",
        ),
        {"softmax": Child("return F.softmax(x, -1)", inputs="[torch.randn(4, 4)]")},
        "self.softmax = Softmax()",
        "return self.softmax(x + y)",
    ),
    "mostly_minus_infinity": Step(
        fusion(
            "return F.relu(torch.tanh(x)) + y",
            inputs='[torch.randn(8, 8), torch.full((8, 8), float("-inf")).triu(1) + torch.full((8, 8), float("-inf")).tril(-2)]',
            args="x, y",
        ),
        {
            "tanh": TANH._replace(inputs="[torch.randn(8, 8)]"),
            "relu": RELU._replace(inputs="[torch.randn(8, 8)]"),
        },
        "self.tanh = Tanh()\nself.relu = Relu()",
        "return self.relu(self.tanh(x)) + y",
    ),
    "writes_into_no_element": Step(
        fusion("y = torch.tanh(x)\ny[0] = 3.0\ny[2:] = 1.0\nreturn F.relu(y)"),
        {
            "tanh": TANH,
            "write": Child("x[0] = 3.0\nreturn x"),
            "relu": RELU,
        },
        "self.tanh = Tanh()\nself.write = Write()\nself.relu = Relu()",
        "return self.relu(self.write(self.tanh(x)))",
    ),
    "dropout": Step(
        fusion("return self.drop(F.relu(x))", "self.drop = nn.Dropout(0.1)"),
        {"drop": Child("return self.drop(x)", "self.drop = nn.Dropout(0.1)"), "relu": RELU},
        "self.drop = Drop()\nself.relu = Relu()",
        "return self.drop(self.relu(x))",
    ),
    "large": Step(
        fusion(
            "return F.relu(self.table(x))",
            "self.table = nn.Embedding(50000, 1000)",
            "[torch.randint(0, 50000, (2, 3))]",
        ),
        {
            "table": Child(
                "return self.table(x)",
                "self.table = nn.Embedding(50000, 1000)",
                "[torch.randint(0, 50000, (2, 3))]",
            ),
            "relu": RELU._replace(inputs="[torch.randn(2, 3, 1000)]"),
        },
        "self.table = Table()\nself.relu = Relu()",
        "return self.relu(self.table(x))",
    ),
    "words": Step(
        fusion("return F.relu(self.fc(x))", FC),
        MLP,
        TWO,
        '"""softmax(x) @ w, F.relu, torch.exp(x)"""\nexp_softmax = self.fc(x)  # F.softmax(x) ** 2 @ y\nreturn self.relu(exp_softmax)',
    ),
    "keyword_inputs": Step(
        fusion(
            "return torch.matmul(F.relu(x), y)",
            inputs='{"x": torch.randn(2, 8), "y": torch.randn(8, 3)}',
            args="x, *, y",
        ),
        {
            "relu": RELU,
            "matmul": Child(
                "return torch.matmul(x, y)",
                inputs="[torch.randn(2, 8), torch.randn(8, 3)]",
                args="x, y",
            ),
        },
        "self.relu = Relu()\nself.matmul = Matmul()",
        "return self.matmul(self.relu(x), y)",
    ),
    "scalar_and_none_inputs": Step(
        fusion(
            "return torch.tanh(F.relu(x)) * n",
            inputs="[torch.randn(2, 8), 3, None]",
            args="x, n, m=None",
        ),
        {"tanh": TANH, "relu": RELU},
        "self.tanh = Tanh()\nself.relu = Relu()",
        "return self.tanh(self.relu(x)) * n",
    ),
    "attention": Step(
        fusion(
            "s = torch.matmul(q, k.transpose(-2, -1)) / 4.0\nreturn torch.matmul(F.softmax(s, -1), v)",
            inputs="[torch.randn(2, 4, 16) for _ in range(3)]",
            args="q, k, v",
        ),
        {
            "scores": Child(
                "return torch.matmul(q, k.transpose(-2, -1))",
                inputs="[torch.randn(2, 4, 16) for _ in range(2)]",
                args="q, k",
            ),
            "softmax": Child("return F.softmax(x, dim=-1)", inputs="[torch.randn(2, 4, 4)]"),
            "mix": Child(
                "return p @ v", inputs="[torch.randn(2, 4, 4), torch.randn(2, 4, 16)]", args="p, v"
            ),
        },
        "self.scores = Scores()\nself.softmax = Softmax()\nself.mix = Mix()",
        "return self.mix(self.softmax(self.scores(q, k) / 4.0), v)",
    ),
    "fused_attention": Step(
        fusion(
            "return F.scaled_dot_product_attention(F.relu(q), k, v, is_causal=True)",
            inputs="[torch.randn(2, 4, 16) for _ in range(3)]",
            args="q, k, v",
        ),
        {
            "relu": RELU._replace(inputs="[torch.randn(2, 4, 16)]"),
            "sdpa": Child(
                "return F.scaled_dot_product_attention(q, k, v, is_causal=True)",
                inputs="[torch.randn(2, 4, 16) for _ in range(3)]",
                args="q, k, v",
            ),
        },
        "self.relu = Relu()\nself.sdpa = Sdpa()",
        "return self.sdpa(self.relu(q), k, v)",
    ),
    "conv_norm": Step(
        fusion(
            "return F.relu(self.bn(self.conv(x)))",
            "self.conv = nn.Conv2d(3, 4, 3)\nself.bn = nn.BatchNorm2d(4)",
            IMAGE,
        ),
        {
            "conv": Child("return self.conv(x)", "self.conv = nn.Conv2d(3, 4, 3)", IMAGE),
            "bn": Child(
                "return self.bn(x)", "self.bn = nn.BatchNorm2d(4)", "[torch.randn(2, 4, 6, 6)]"
            ),
            "relu": RELU._replace(inputs="[torch.randn(2, 4, 6, 6)]"),
        },
        "self.conv = Conv()\nself.bn = Bn()\nself.relu = Relu()",
        "return self.relu(self.bn(self.conv(x)))",
        {
            f"{m}.{m}.{p}": f"{m}.{p}"
            for m, ps in (
                ("conv", ("weight", "bias")),
                ("bn", ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")),
            )
            for p in ps
        },
    ),
    "indices_out": Step(
        fusion("return torch.argmax(F.relu(self.fc(x)), -1)", FC),
        {**MLP, "argmax": Child("return torch.argmax(x, -1)")},
        f"{TWO}\nself.argmax = Argmax()",
        "return self.argmax(self.relu(self.fc(x)))",
    ),
    "two_results": Step(
        fusion("v, i = torch.topk(F.relu(self.fc(x)), 3)\nreturn i, v", FC),
        {**MLP, "topk": Child("return torch.topk(x, 3)")},
        f"{TWO}\nself.topk = Topk()",
        "v, i = self.topk(self.relu(self.fc(x)))\nreturn i, v",
    ),
    "child_gives_a_dict": Step(
        fusion("return F.relu(torch.tanh(x))"),
        {"tanh": Child('return {"y": torch.tanh(x)}'), "relu": RELU},
        "self.tanh = Tanh()\nself.relu = Relu()",
        'out = self.tanh(x)\nreturn self.relu(out["y"])',
    ),
    "random_inside": Step(
        fusion("return F.relu(x + torch.rand(2, 8))"),
        {"noise": Child("return torch.rand(2, 8)", inputs="[]", args="-"), "relu": RELU},
        "self.noise = Noise()\nself.relu = Relu()",
        "return self.relu(x + self.noise())",
    ),
    "layer_of_fusions": Step(
        layer(
            "x = F.relu(self.a(x))\nreturn F.relu(self.b(x))",
            "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)",
        ),
        {"block": BLOCK},
        "self.one = Block()\nself.two = Block()",
        "return self.two(self.one(x))",
        {
            "one.fc.weight": "a.weight",
            "one.fc.bias": "a.bias",
            "two.fc.weight": "b.weight",
            "two.fc.bias": "b.bias",
        },
    ),
    "composite_attention": Step(
        layer(
            "return self.mha(x, x, x, need_weights=False)[0]",
            "self.mha = nn.MultiheadAttention(8, 2, batch_first=True)",
            "[torch.randn(2, 4, 8)]",
        ),
        {
            "qkv": Child(
                "return F.linear(x, self.weight, self.bias)",
                "self.weight = nn.Parameter(torch.randn(24, 8))\nself.bias = nn.Parameter(torch.randn(24))",
                "[torch.randn(4, 2, 8).as_strided((4, 2, 8), (8, 32, 1))]".replace(
                    "torch.randn(4, 2, 8)", "torch.randn(64)"
                ),
            ),
            "sdpa": Child(
                "return F.scaled_dot_product_attention(q, k, v)",
                inputs="[torch.randn(64).as_strided((2, 2, 4, 4), (8, 4, 16, 1)) for _ in range(3)]",
                args="q, k, v",
            ),
            "out": Child(
                "return F.linear(x, self.weight, self.bias)",
                "self.weight = nn.Parameter(torch.randn(8, 8))\nself.bias = nn.Parameter(torch.randn(8))",
                "[torch.randn(8, 8)]",
            ),
        },
        "self.qkv = Qkv()\nself.sdpa = Sdpa()\nself.out = Out()",
        "p = self.qkv(x.transpose(0, 1)).unflatten(-1, (3, 8)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()\nq, k, v = [p[0].view(4, 4, 4).transpose(0, 1).view(2, 2, 4, 4), p[1].view(4, 4, 4).transpose(0, 1).view(2, 2, 4, 4), p[2].view(4, 4, 4).transpose(0, 1).view(2, 2, 4, 4)]\ny = self.sdpa(q, k, v).permute(2, 0, 1, 3).contiguous().view(8, 8)\nreturn self.out(y).view(4, 2, 8).transpose(1, 0)",
        {
            "qkv.weight": "mha.in_proj_weight",
            "qkv.bias": "mha.in_proj_bias",
            "out.weight": "mha.out_proj.weight",
            "out.bias": "mha.out_proj.bias",
        },
    ),
    "memory_by_its_old_name": Step(
        Child("t = torch.tanh(x)\nreturn t.new(2, 8).copy_(t)", level="fusion"),
        {
            "tanh": TANH,
            "room": Child("return x.new_empty((2, 8))"),
            "write": Child(
                "return x.copy_(y)", inputs="[torch.randn(2, 8), torch.randn(2, 8)]", args="x, y"
            ),
        },
        "self.tanh = Tanh()\nself.room = Room()\nself.write = Write()",
        "t = self.tanh(x)\nreturn self.write(self.room(t), t)",
    ),
    "dataclass_out": objects(
        'import dataclasses\nOut = dataclasses.make_dataclass("Out", ["a", "b", "c"])\nreturn Out(torch.tanh(x), F.relu(x), None)',
        '{"a": self.tanh(x), "b": self.relu(x)}',
    ),
    "mapping_out": objects(
        "from collections import OrderedDict\nreturn OrderedDict(a=torch.tanh(x), b=F.relu(x))",
        '{"a": self.tanh(x), "b": self.relu(x)}',
    ),
    "object_out": objects(
        "from types import SimpleNamespace as Cache\nlayers = [Cache(k=torch.tanh(x), n=3, _v=x)]\nreturn F.relu(x), Cache(layers=layers, name='cache')",
        '(self.relu(x), {"layers": [{"k": self.tanh(x)}]})',
    ),
}
