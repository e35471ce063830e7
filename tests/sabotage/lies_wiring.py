# ruff: noqa: E501 (a table of replacements)
"""The same operations on other values, where numbers agree: order, equal inputs, one child for several."""

from lies_steps import CHILD, R, StepLie, one
from steps import RELU, TANH, Child, Step, fusion, layer

ROW, SQUARE, IMAGE = "[torch.rand(2, 1)]", "torch.randn(2, 8, 8)", "[torch.randn(2, 3, 8, 8)]"
TIMES, TABLE = "[torch.tensor([5]), torch.tensor([5])]", "self.table = nn.Embedding(9, 8)"
EMBEDDED = Child("return self.table(x)", TABLE, "[torch.tensor([5])]")
SOFTMAX = Child("return F.softmax(x, dim=-1)")
MATMUL = Child("return torch.matmul(a, b)", inputs=f"[{SQUARE}, {SQUARE}]", args="a, b")
SILU = CHILD.format("silu")

STEPS = {
    "deviation": Step(fusion("return x / torch.sqrt(x.var(-1, keepdim=True) + 1e-6)"), {"var": Child("return x.var(-1, keepdim=True)"), "root": Child("return torch.sqrt(x)", inputs=ROW)}, "self.var = Var()\nself.root = Root()", "return x / self.root(self.var(x) + 1e-6)"),
    "best_class": Step(fusion("return torch.argmax(F.softmax(x / 2.0, dim=-1), dim=-1)"), {"softmax": SOFTMAX, "best": Child("return torch.argmax(x, dim=-1)")}, "self.softmax = Softmax()\nself.best = Best()", "return self.best(self.softmax(x / 2.0))"),
    "square_scores": Step(fusion("return F.softmax((q @ k) * 0.25, dim=-1)", inputs=f"[{SQUARE}, {SQUARE}]", args="q, k"), {"scores": MATMUL, "softmax": SOFTMAX._replace(inputs=f"[{SQUARE}]")}, "self.scores = Scores()\nself.softmax = Softmax()", "return self.softmax(self.scores(q, k) * 0.25)"),
    "pooled": Step(fusion("return F.max_pool2d(F.relu(x), 3, 1, 1)", inputs=IMAGE), {"relu": RELU._replace(inputs=IMAGE), "pool": Child("return F.max_pool2d(x, 3, 1, 1)", inputs=IMAGE)}, "self.relu = Relu()\nself.pool = Pool()", "return self.pool(self.relu(x))"),
    "equal_times": Step(fusion("return torch.tanh(self.a(s)) + self.b(t)", "self.a = nn.Embedding(9, 8)\nself.b = nn.Embedding(9, 8)", TIMES, "s, t"), {"first": EMBEDDED, "second": EMBEDDED, "tanh": TANH._replace(inputs="[torch.randn(1, 8)]")}, "self.first = First()\nself.second = Second()\nself.tanh = Tanh()", "return self.tanh(self.first(s)) + self.second(t)", {"first.table.weight": "a.weight", "second.table.weight": "b.weight"}),
    "gate": Step(fusion("return F.silu(x) * u", inputs="[torch.randn(2, 8), torch.randn(2, 8)]", args="x, u"), {"silu": Child("return F.silu(x)")}, "self.silu = Silu()", "return self.silu(x) * u"),
    "terms_in_another_order": Step(fusion("return x + F.relu(x) + torch.tanh(x) + 1.0"), {"relu": RELU, "tanh": TANH}, "self.relu = Relu()\nself.tanh = Tanh()", "return (self.tanh(x) + (self.relu(x) + x)) + 1.0"),
    "sums_of_sums": Step(fusion("a, b = x, F.relu(x)\nfor _ in range(60):\n    a, b = b, a + b\nreturn torch.tanh(b)"), {"relu": RELU, "tanh": TANH}, "self.relu = Relu()\nself.tanh = Tanh()", "a, b = x, self.relu(x)\nfor _ in range(60):\n    a, b = b, a + b\nreturn self.tanh(b)"),
    "half_a_sum_used_by_nobody": Step(fusion("y = x + F.relu(x)\nz = torch.exp(y)\nreturn y + torch.tanh(x)"), {"relu": RELU, "tanh": TANH}, "self.relu = Relu()\nself.tanh = Tanh()", "return x + (self.relu(x) + self.tanh(x))"),
    "numbers_made_alike": Step(layer("a, b = torch.broadcast_tensors(torch.tensor(1.0), torch.tensor(2.0))\nreturn torch.where(x > 0, a, b)"), {"pair": Child("return torch.broadcast_tensors(torch.tensor(1.0), torch.tensor(2.0))", inputs="[]", args="-", level="fusion"), "positive": Child("return x > 0"), "where": Child("return torch.where(m, a, b)", inputs="[torch.randn(2, 8) > 0, torch.tensor(1.0), torch.tensor(2.0)]", args="m, a, b")}, "self.pair = Pair()\nself.positive = Positive()\nself.where = Where()", "a, b = self.pair()\nreturn self.where(self.positive(x), a, b)"),
    "copied": Step(fusion("y = torch.tanh(F.relu(x))\nreturn y, y.clone()"), {"relu": RELU, "tanh": TANH}, "self.relu = Relu()\nself.tanh = Tanh()", "y = self.tanh(self.relu(x))\nreturn y, y.clone()"),
    "overwritten": Step(fusion("y = torch.exp(x)\ny[y > 1e6] = 0.0\nreturn y"), {"exp": Child("return torch.exp(x)"), "large": Child("return x > 1e6"), "put": Child("x[m] = 0.0\nreturn x", inputs="[torch.randn(2, 8), torch.randn(2, 8) > 0]", args="x, m")}, "self.exp = Exp()\nself.large = Large()\nself.put = Put()", "y = self.exp(x)\nreturn self.put(y, self.large(y))"),
    "bounded": Step(layer("return torch.tanh(torch.exp(torch.clamp(x, max=torch.tensor(50.0))))"), {"low": Child("return torch.exp(torch.clamp(x, max=torch.tensor(50.0)))", level="fusion"), "tanh": TANH}, "self.low = Low()\nself.tanh = Tanh()", "return self.tanh(self.low(x))"),
    "given_number": Step(fusion("return torch.where(x > 0, torch.exp(x), torch.tensor(5.0))"), {"exp": Child("return torch.exp(x)"), "positive": Child("return x > 0"), "five": Child("return torch.tensor(5.0)", inputs="[]", args="-"), "where": Child("return torch.where(m, a, b)", inputs="[torch.randn(2, 8) > 0, torch.randn(2, 8), torch.tensor(1.0)]", args="m, a, b")}, "self.exp = Exp()\nself.positive = Positive()\nself.five = Five()\nself.where = Where()", "return self.where(self.positive(x), self.exp(x), self.five())"),
    "two_stages": Step(layer("return torch.sigmoid(torch.tanh(F.relu(x)))"), {"relu": RELU, "tanh": TANH, "sigmoid": Child("return torch.sigmoid(x)")}, "self.relu = Relu()\nself.tanh = Tanh()\nself.sigmoid = Sigmoid()", "return self.sigmoid(self.tanh(self.relu(x)))"),
}  # fmt: skip


def by_argument(made: str, init: str, forward: str) -> StepLie:
    """One kernel for three operations; the caller says which."""
    child = CHILD.format("relu")
    return StepLie(
        "two_stages",
        [
            (child, "        pass", f"        {made}"), (child, "return F.relu(x)", "return self.which[n](x)"),
            (child, "forward(self, x)", "forward(self, x, n)"), (child, "randn(2, 8)]", "randn(2, 8), 0]"),
            (R, "self.relu = Relu()\n        self.tanh = Tanh()\n        self.sigmoid = Sigmoid()", init),
            (R, "self.sigmoid(self.tanh(self.relu(x)))", forward),
        ],
        "one component is one computation",
    )  # fmt: skip


WHICH = "self.which = nn.ModuleList([nn.ReLU(), nn.Tanh(), nn.Sigmoid()])"
LIES = {
    "eps_after_the_root": one("deviation", R, "self.root(self.var(x) + 1e-6)", "(self.root(self.var(x)) + 1e-6)", "wired otherwise: expected add.Tensor(float32[2, 1]; other=1e-06) of var"),
    "temperature_after_the_softmax": one("best_class", R, "self.softmax(x / 2.0)", "self.softmax(x) / 2.0", "wired otherwise"),
    "scale_before_the_scores": one("square_scores", R, "self.scores(q, k) * 0.25", "self.scores(q * 0.25, k)", "wired otherwise"),
    "relu_after_the_pool": one("pooled", R, "self.pool(self.relu(x))", "self.relu(self.pool(x))", "wired otherwise"),
    "equal_inputs_swapped": one("equal_times", R, "self.tanh(self.first(s)) + self.second(t)", "self.tanh(self.first(t)) + self.second(s)", "wired otherwise"),
    "dropout_elsewhere": one("dropout", R, "self.drop(self.relu(x))", "self.relu(self.drop(x))", "wired otherwise"),
    "whole_with_its_arithmetic": StepLie("gate", [(SILU, "Level: kernel", "Level: fusion"), (SILU, "self, x", "self, x, u"), (SILU, "F.silu(x)", "F.silu(x) * u"), (SILU, "[torch.randn(2, 8)]", "[torch.randn(2, 8), torch.randn(2, 8)]"), (R, "self.silu(x) * u", "self.silu(x, u)")], "is the whole original"),
    "output_given_twice": one("copied", R, "return y, y.clone()", "return y, y", "memory of an input or of another output"),
    "mask_that_masks_nothing": one("overwritten", "put", "x[m] = 0.0", "x[m] = 1.0", "missing operation index_put"),
    "bound_that_is_never_met": one("bounded", "low", "torch.tensor(50.0)", "torch.tensor(30.0)", "missing operation clamp"),
    "operation_by_number": by_argument(WHICH, "self.any = Relu()", "self.any(self.any(self.any(x, 0), 1), 2)"),
    "operation_by_number_elsewhere": by_argument(WHICH, "self.a = Relu()\n        self.b = Relu()\n        self.c = Relu()", "self.c(self.b(self.a(x, 0), 1), 2)"),
}  # fmt: skip
