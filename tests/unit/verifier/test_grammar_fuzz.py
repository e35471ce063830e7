"""Random legal refactored files fit the grammar; random edits that leave it are refused."""

import ast
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.verifier.files import Source
from plumbline.verifier.grammar import check_refactored

HEAD = """import sys
from pathlib import Path

import torch
import torch.nn as nn

sys.path.insert(0, str(Path(__file__).parent / "children"))
from alpha import Model as Alpha
from beta import Model as Beta


class RefactoredModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.alpha = Alpha()
        self.beta = Beta()
        self.blocks = nn.ModuleList([Alpha() for _ in range(3)])
        self.scale = 0.125

    def forward(self, x, y=None):
"""
TAIL = """

def get_inputs():
    return [torch.randn(2, 3)]
"""
VALUES = st.sampled_from(["x", "y", "z"])
NUMBERS = st.sampled_from(["2", "0.5", "-1", "x.shape[0]", "y.size(1)", "self.scale", "3 * 4"])
SIZES = st.sampled_from(["1", "-1", "2", "x.shape[0]", "z.size(-1)", "x.shape[1] // 2"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger legal values from smaller ones."""

    def form(pattern: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda found: pattern.format(*found))

    return st.one_of(
        form("self.alpha({})", inner),
        form("self.beta({}, {})", inner, inner),
        form("self.blocks[1]({})", inner),
        form("({} + {})", inner, inner),
        form("({} * {})", inner, NUMBERS),
        form("(-{})", inner),
        form("({} / {})", inner, NUMBERS),
        form("{}.view({}, {})", inner, SIZES, SIZES),
        form("{}.transpose({}, 1)", inner, SIZES),
        form("{}.permute(1, 0).contiguous()", inner),
        form("{}.flatten(1)", inner),
        form("{}[{}]", inner, SIZES),
        form("{}[:, {}:, None, ...]", inner, SIZES),
        form("torch.cat([{}, {}], dim=-1)", inner, inner),
        form("torch.stack(({}, {}), dim=0)", inner, inner),
        form("{}.unsqueeze(0).expand({}, -1, -1)", inner, SIZES),
    )


EXPRESSIONS = st.recursive(VALUES, _grow, max_leaves=6)
STATEMENTS = st.one_of(
    st.tuples(VALUES, EXPRESSIONS).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(VALUES, EXPRESSIONS).map(lambda p: f"{p[0]} += {p[1]}"),
    EXPRESSIONS.map(lambda e: f"x, y = {e}.split(2, dim=1)"),
    EXPRESSIONS.map(lambda e: f"x, y = (t.flatten(1) for t in {e}.split(2, dim=1))"),
    EXPRESSIONS.map(lambda e: f"z = torch.stack([block({e}) for block in self.blocks[1:]])"),
    EXPRESSIONS.map(lambda e: f"made = []\nmade.append({e})\nz = made.pop()"),
    EXPRESSIONS.map(lambda e: f'told = {{}}\ntold["z"] = {e}\nz = told["z"]'),
    EXPRESSIONS.map(lambda e: f"for block in self.blocks:\n    x = block({e})"),
    EXPRESSIONS.map(lambda e: f"for i, block in enumerate(self.blocks):\n    z = block({e})"),
)
RETURNS = st.one_of(
    EXPRESSIONS.map(lambda e: f"return {e}"),
    st.tuples(EXPRESSIONS, EXPRESSIONS).map(lambda p: f"return {p[0]}, [{p[1]}, None]"),
    EXPRESSIONS.map(lambda e: f'return {{"out": {e}, "n": 3}}'),
)
BODIES = st.tuples(st.lists(STATEMENTS, max_size=5), RETURNS).map(lambda p: ["z = x", *p[0], p[1]])
ESCAPES = st.sampled_from(
    """F.relu({0}) | torch.relu({0}) | {0}.relu() | ({0} @ {0}) | ({0} ** 2) | abs({0}) | sum({0})
    | ({0} > 0) | (not {0}) | ({0} and {0}) | (~{0}) | ({0} if True else {0}) | (lambda t: t)({0})
    | [t.relu() for t in {0}][0] | [t for t in {0} if t is not None][0] | (t for t in {0})
    | getattr({0}, "relu")() | torch.ops.aten.relu({0})
    | {0}.to(torch.half)
    | {0}.data | {0}.sum() | {0}[{0}] | {0}[[0]] | self.alpha.fc({0}) | self.alpha.forward({0})
    | (w := {0}) | f"{{{0}}}" | nn.ReLU()({0}) | torch.einsum("ij->ij", {0}) | self.gamma({0})
    | torch.nn.functional.relu({0}) | {0}.__add__({0}) | super().forward({0}) | globals()["x"]
    | self.alpha.weight | torch.cat([{0}], out={0}) | {0}.view(torch.int32) | max({0}, {0})
    | {0}.apply_(abs) | __import__("os") | open("x") | eval("x") | {{{0}}} | ({0} % 2)""".replace(
        "\n", " "
    ).split(" | ")
)


def text_of(body: list[str]) -> str:
    """A file with this forward."""
    lines = [f"        {line}" for part in body for line in part.split("\n")]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def violations(text: str) -> list[object]:
    return list(check_refactored(Source(Path("refactored.py"), text, "")).violations)


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_legal_files_pass(body: list[str]) -> None:
    assert violations(text_of(body)) == []


@settings(max_examples=500, deadline=None)
@given(BODIES, ESCAPES, st.data())
def test_an_escape_anywhere_is_refused(body: list[str], escape: str, data: st.DataObject) -> None:
    tree = ast.parse(text_of(body))
    forward = next(node for node in ast.walk(tree) if getattr(node, "name", "") == "forward")
    places = [
        node
        for statement in forward.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in ("x", "y", "z")
    ]
    place = data.draw(st.sampled_from(places))
    replacement = ast.parse(escape.format(place.id), mode="eval").body

    class Plant(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return replacement if node is place else node

    planted = ast.unparse(ast.fix_missing_locations(Plant().visit(tree)))
    assert violations(planted), planted


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="xyz()[]{}.,:=+-*/@ \n\t'\"#0123selfturnimport", max_size=60), st.data())
def test_random_text_never_crashes_the_grammar(noise: str, data: st.DataObject) -> None:
    text = text_of(["return x"])
    place = data.draw(st.integers(0, len(text)))
    violations(text[:place] + noise + text[place:])
