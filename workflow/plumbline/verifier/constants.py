"""Python constants, and the lines about ``sys.path``: expressions that a file may spell at will.

    HEADS = 4                                  SCALE = (64 // HEADS) ** -0.5
    HERE = Path(__file__).parent               sys.path.insert(0, str(HERE / "children"))

A constant is small however it is written: no power of a power, no repeated string. Lines about the
path are cut out, since the loader knows where children are.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from .vocabulary import DTYPES

MATH_CONSTANTS = frozenset({"pi", "e", "tau", "inf", "nan"})
MATH_FUNCTIONS = frozenset(
    """sqrt log log2 log10 log1p exp ceil floor sin cos tan pow fabs prod isqrt""".split()
)
NUMBER_FUNCTIONS = frozenset({"int", "float", "bool", "abs", "min", "max", "round", "len"})
FILE, STEP, CHILDREN = "file", "step", "children"
INSIDE = {FILE: STEP, CHILDREN: STEP}  # the folder in which each lies
PATH_CALLS = frozenset(
    """str Path pathlib.Path os.path.dirname os.path.abspath os.path.realpath os.fspath""".split()
)
LARGEST_POWER = 64


def is_literal(node: ast.expr, names: Collection[str] = ()) -> bool:
    """Numbers, strings, None, booleans, tuples of them, and arithmetic on numbers and ``names``."""
    match node:
        case ast.Constant():
            return True
        case ast.Tuple(elements):
            return all(is_literal(element, names) for element in elements)
        case ast.Call(ast.Name("float"), [ast.Constant(str())], []):
            return True
    return is_number(node, names)


def is_dtype(node: ast.expr) -> bool:
    """``torch.float32`` and its like."""
    match node:
        case ast.Attribute(ast.Name("torch"), name):
            return name in DTYPES
    return False


def is_shape_list(node: ast.expr, names: Collection[str] = ()) -> bool:
    """A list of literals, which only functions of inputs may use: what holds it could change it."""
    return isinstance(node, ast.List) and all(is_literal(part, names) for part in node.elts)


def is_number(node: ast.expr, names: Collection[str] = ()) -> bool:
    """Arithmetic on numbers, on ``names`` that stand for numbers, and functions of them."""
    match node:
        case ast.Constant(value):
            return isinstance(value, int | float | complex)
        case ast.Name(name) | ast.Attribute(ast.Name("self"), name):
            return name in names
        case ast.Attribute(ast.Name("math"), name):
            return name in MATH_CONSTANTS
        case ast.UnaryOp(_, operand):
            return is_number(operand, names)
        case ast.BinOp(left, ast.Pow(), right):
            return is_number(left, names) and is_number(right, names) and is_small_power(node)
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.FloorDiv()
                       | ast.Mod(), right):  # fmt: skip
            return is_number(left, names) and is_number(right, names)
        case ast.Call(ast.Attribute(ast.Name("math"), name), arguments, []):
            return name in MATH_FUNCTIONS and all(is_number(a, names) for a in arguments)
        case ast.Call(ast.Name(name), arguments, []):
            return name in NUMBER_FUNCTIONS and all(is_number(a, names) for a in arguments)
    return False


def is_small_power(node: ast.BinOp) -> bool:
    """A power cannot be a way to spend all time and memory."""
    match node.right:
        case ast.Constant(int() | float() as exponent) if abs(exponent) <= LARGEST_POWER:
            pass
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float())) | ast.BinOp(_, ast.Div(), _):
            pass
        case _:
            return False
    return not any(isinstance(part, ast.Pow) for part in ast.walk(node.left))


def place_of_path(node: ast.expr, names: Mapping[str, str]) -> str | None:
    """What a path expression names: the FILE itself, the STEP or its CHILDREN; else None."""
    match node:
        case ast.Name("__file__"):
            return FILE
        case ast.Name(name):
            return names.get(name)
        case ast.Attribute(value, "parent") | ast.Subscript(
            ast.Attribute(value, "parents"), ast.Constant(0)
        ):
            return INSIDE.get(place_of_path(value, names) or "")
        case (
            ast.BinOp(value, ast.Div(), ast.Constant("children"))
            | ast.Call(ast.Attribute(value, "joinpath"), [ast.Constant("children")], [])
            | ast.Call(ast.Attribute(ast.Attribute(ast.Name("os"), "path"), "join"),
                       [value, ast.Constant("children")], [])
        ):  # fmt: skip
            return CHILDREN if place_of_path(value, names) == STEP else None
        case ast.Call(function, [value], []) if (called := ast.unparse(function)) in PATH_CALLS:
            place = place_of_path(value, names)
            return INSIDE.get(place or "") if called == "os.path.dirname" else place
        case ast.Call(ast.Attribute(value, "resolve" | "absolute" | "as_posix"), [], []):
            return place_of_path(value, names)
    return None


def is_path_line(node: ast.stmt, names: Mapping[str, str]) -> bool:
    """``sys.path.insert(0, PATH)``, also under ``if PATH not in sys.path``."""
    match node:
        case ast.If(ast.Compare(one, [ast.NotIn()], [other]), [line], []):
            known = place_of_path(one, names) and ast.unparse(other) == "sys.path"
            return bool(known) and is_path_line(line, names)
        case ast.Expr(ast.Call(function, [*index, path], [])):
            called, place = ast.unparse(function), [ast.unparse(part) for part in index]
            known = (called, place) in (("sys.path.insert", ["0"]), ("sys.path.append", []))
            return known and place_of_path(path, names) in (STEP, CHILDREN)
    return False
