"""The part of check 3 that reads source: a kernel shows one computing call, and plumbing.

Plumbing inside a kernel, of its inputs as well as of its parameters, is allowed
(``matmul(q, k.transpose(-2, -1))``): only computing calls count.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from .astools import Violation, local_names, parameters, shown
from .constants import MATH_FUNCTIONS, NUMBER_FUNCTIONS, is_number
from .grammar_components import ComponentSource
from .levels import declared_level
from .vocabulary import PLUMBING

BRANCHES = (
    ast.For, ast.While, ast.If, ast.IfExp, ast.ListComp, ast.GeneratorExp, ast.BoolOp,
)  # fmt: skip
CONTEXTS = frozenset({"no_grad", "autocast"})
SIZES = frozenset({"size", "dim", "numel"})
CONTAINERS = frozenset({"tuple", "list", "sum"})
MOST_ROUNDS = 10  # of finding out which names are sizes: a kernel is short


def kernel_violations(
    components: Mapping[str, ComponentSource], composition: bool
) -> list[Violation]:
    """A kernel's source shows one computing call, in a forward without loops and branches."""
    return [
        Violation(f"{name}.py", line, "kernel", message)
        for name, component in components.items()
        if composition or declared_level(component.docstring) == "kernel"
        for line, message in _problems(component)
    ]


def _problems(component: ComponentSource) -> Iterator[tuple[int, str]]:
    assert component.model is not None
    if component.helpers:
        yield 1, "a kernel has one class and no helpers"
    methods = {p.name: p for p in component.model.body if isinstance(p, ast.FunctionDef)}
    for name in sorted(set(methods) - {"__init__", "forward"} - initialisers(component.model)):
        yield methods[name].lineno, f"a kernel has no method {name}"
    if "forward" not in methods:
        yield component.model.lineno, "Model has no forward"
        return
    for method in methods.values():
        for name in sorted({"math", "torch"} & local_names(method)):
            yield method.lineno, f"{method.name} hides the name {name}"
    sizes = size_names(component.model)
    parts = [p for p in ast.walk(methods["forward"]) if isinstance(p, ast.expr | ast.stmt)]
    for part in parts:
        if isinstance(part, BRANCHES):
            yield part.lineno, f"a kernel does not branch or loop: {shown(part)}"
    found = [part for part in parts if _computes(part, sizes)]
    if len(found) > 1:
        text = ", ".join(shown(part, 40) for part in found[:4])
        yield found[1].lineno, f"a kernel shows one computing call, found {len(found)}: {text}"


def initialisers(model: ast.ClassDef) -> set[str]:
    """Methods that nothing but a statement of the constructor names: ``self.reset_parameters()``."""
    used, named = [], []
    for part in model.body:
        inside = isinstance(part, ast.FunctionDef) and part.name == "__init__"
        for node in ast.walk(part):
            match node:
                case ast.Attribute(_, name):
                    named.append(name)
                case ast.Expr(
                    ast.Call(ast.Attribute(ast.Name("self"), "apply"),
                             [ast.Attribute(ast.Name("self"), name)], [])
                    | ast.Call(ast.Attribute(ast.Name("self"), name))
                ) if inside:  # fmt: skip
                    used.append(name)
    times = Counter(named)
    return {name for name, count in Counter(used).items() if count == times[name]}


def size_names(model: ast.ClassDef) -> set[str]:
    """Names, and attributes as ``self.name``, that only ever stand for numbers and shapes.

    A name that once stands for anything else never counts as a size, nor what is made of it.
    """
    others = {
        argument.arg
        for part in model.body
        if isinstance(part, ast.FunctionDef) and part.name != "__init__"
        for argument in parameters(part)
    }
    for _ in range(MOST_ROUNDS):
        sizes = _defaults(model) - others
        found = set(others)
        for target, value in _assignments(model):
            is_size = value is not None and _is_size(value, sizes)
            for name in _written(target):
                (sizes if is_size and name not in found else found).add(name)
            sizes -= found
        if found == others:
            return sizes
        others = found
    return set()


def _defaults(model: ast.ClassDef) -> set[str]:
    """Parameters of the constructor that are numbers where nobody gives others."""
    for part in model.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            given = part.args
            listed = [*given.posonlyargs, *given.args]
            places = listed[len(listed) - len(given.defaults) :] + given.kwonlyargs
            values = zip(places, [*given.defaults, *given.kw_defaults], strict=True)
            return {place.arg for place, value in values if value and is_number(value)}
    return set()


def _assignments(model: ast.ClassDef) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Every target in a class with what is assigned; constants of the class as ``self.name``."""
    for node in ast.walk(model):
        match node:
            case ast.Assign(targets, value):
                for target in targets:
                    if node in model.body and isinstance(target, ast.Name):
                        target = ast.Attribute(ast.Name("self"), target.id)
                    yield target, value
            case ast.AnnAssign(target, _, value) | ast.AugAssign(target, _, value):
                yield target, value
            case ast.For(target) | ast.comprehension(target):
                yield target, None
            case ast.withitem(_, ast.expr() as target):
                yield target, None


def _written(target: ast.expr) -> Iterator[str]:
    """Names and attributes of self that a target binds."""
    match target:
        case ast.Name(name):
            yield name
        case ast.Attribute(ast.Name("self"), name):
            yield f"self.{name}"
        case ast.Tuple(elements) | ast.List(elements):
            for element in elements:
                yield from _written(element)
        case ast.Starred(value):
            yield from _written(value)


def _computes(node: ast.expr | ast.stmt, sizes: set[str]) -> bool:
    """Whether one syntax node of a kernel's forward is a computing call or operator."""
    match node:
        case ast.Call(ast.Attribute(_, name)) if name in PLUMBING | SIZES | CONTEXTS:
            return False
        case ast.Call(ast.Attribute(ast.Name("torch"), "finfo" | "iinfo" | "device")):
            return False
        case ast.Call(ast.Name("len" | "int" | "float" | "tuple" | "list" | "slice")):
            return False
        case ast.Call() | ast.BinOp() | ast.UnaryOp() | ast.Compare():
            return not _is_size(node, sizes)
    return isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    )


def _is_size(node: ast.expr, sizes: set[str]) -> bool:
    """Whether an expression can only be a number, or a tuple of numbers."""
    match node:
        case ast.Name(name):
            return name in sizes
        case ast.Attribute(ast.Name("self"), name):
            return f"self.{name}" in sizes
        case ast.Attribute(_, "shape" | "ndim"):
            return True
        case ast.Attribute(ast.Call(ast.Attribute(ast.Name("torch"), "finfo" | "iinfo")), _):
            return True
        case ast.Subscript(value) | ast.Starred(value) | ast.UnaryOp(_, value):
            return _is_size(value, sizes)
        case ast.Tuple(elements) | ast.List(elements):
            return all(_is_size(element, sizes) for element in elements)
        case ast.Compare(left, _, others):
            return all(_is_size(part, sizes) for part in [left, *others])
        case ast.BinOp(left, _, right):
            return _is_size(left, sizes) and _is_size(right, sizes)
        case ast.Call(ast.Attribute(ast.Name(space), name), arguments) if space != "self":
            functions = space == "math" and name in MATH_FUNCTIONS
            sized = (space, name) == ("torch", "Size") and all(
                _is_size(a, sizes) for a in arguments
            )
            return functions or sized or name in SIZES
        case ast.Call(ast.Attribute(value, name)) if not isinstance(value, ast.Name):
            return name in SIZES
        case ast.Call(ast.Name("len")):
            return True
        case ast.Call(ast.Name(name), arguments, []) if name in NUMBER_FUNCTIONS | CONTAINERS:
            return all(_is_size(argument, sizes) for argument in arguments)
    return is_number(node)
