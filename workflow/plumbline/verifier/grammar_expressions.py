"""The grammar of expressions in component files: which names and attributes may be used, what may be assigned.

A name that any member of the file has may follow any value, since nobody knows what a value is. So a
namespace, a class or a function without its module never becomes a value, and what leads outside
(frames, formats, memory) is no member's name.
"""

from __future__ import annotations

import ast

from .astools import FileGrammar, Refused, check_local_name, dotted, shown
from .vocabulary import (
    BUILTIN_NAMES,
    BUILTINS,
    DTYPE_ATTRIBUTES,
    DTYPES,
    MODULE_ATTRIBUTES,
    is_namespace,
    namespace_names,
    reserved_names,
    value_names,
)

NAMESPACES = (
    "torch", "torch.nn", "torch.functional", "torch.nn.functional", "torch.nn.init", "torch.fft",
    "torch.linalg", "torch.special", "math", "typing", "torch.Tensor",
)  # fmt: skip
EXPRESSIONS = (
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.DictComp,
    ast.GeneratorExp, ast.Compare, ast.Call, ast.JoinedStr, ast.FormattedValue, ast.Constant,
    ast.Attribute, ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice,
)  # fmt: skip
OF_CONSTRUCTORS = (
    "register_buffer",
    "register_parameter",
    "apply",
    "eval",
    "modules",
    "parameters",
)


class ExpressionGrammar(FileGrammar):
    """Expressions and targets of functions."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.members: set[str] = set()  # names assigned on self, and of methods, in the whole file
        self.methods: dict[str, set[str]] = {}  # by class: those that take self
        self.local: set[str] = set()  # of the function that is looked at
        self.constructor = self.seeds = False
        self.given: set[str] = set()  # names of lists, which only functions of inputs may use
        self.hidden: set[str] = set()

    def resolved(self, node: ast.expr) -> str | None:
        """Full dotted name of a chain that starts at an import, else None."""
        head, _, rest = (dotted(node) or "").partition(".")
        space = self.bound.get(head)
        return f"{space}.{rest}".rstrip(".") if space and head not in self.local else None

    def target(self, node: ast.expr) -> None:
        """Names and slices may be written; ``self`` only by the constructor."""
        match node:
            case ast.Tuple(elements) | ast.List(elements):
                for element in elements:
                    self.target(element)
            case ast.Starred(value):
                self.target(value)
            case ast.Name(name):
                check_local_name(node, name)
                if name in self.bound or name == "self":
                    raise Refused(node, "rebinding", f"{name} is bound outside this function")
            case ast.Attribute(ast.Name("self"), name) if self.constructor:
                if name in MODULE_ATTRIBUTES or name.startswith("__"):
                    raise Refused(node, "assignment", f"self.{name} may not be assigned")
            case ast.Subscript():
                return
            case _:
                raise Refused(node, "state", f"{shown(node)} is assigned outside the constructor")

    def expression(self, node: ast.expr) -> None:
        heads = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        called = called_parts(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Name | ast.Attribute) and id(part) not in heads:
                if is_namespace(self.resolved(part) or ""):
                    raise Refused(part, "name", f"the namespace {shown(part)} is no value")
                if (
                    isinstance(part, ast.Name)
                    and part.id in self.methods
                    and id(part) not in called
                ):
                    raise Refused(part, "name", f"the class {part.id} is no value")
            match part:
                case ast.Name(name):
                    known = name in BUILTINS or name in self.local or name in self.bound
                    if name in self.hidden and name not in self.local:
                        raise Refused(
                            part, "name", f"{name} is a list: only get_inputs() may use it"
                        )
                    if name.startswith("__") or (name in BUILTIN_NAMES and not known):
                        raise Refused(part, "name", f"{name} may not stand in a component")
                case ast.Attribute():
                    self.attribute(part)
                case ast.comprehension(target):
                    self.target(target)
                case ast.expr() if not isinstance(part, EXPRESSIONS):
                    raise Refused(part, "expression", f"{shown(part)} may not stand in a component")

    def attribute(self, node: ast.Attribute) -> None:
        name, full = node.attr, self.resolved(node)
        match node.value:
            case ast.Name(owner) if name in self.methods.get(owner, ()):
                raise Refused(node, "attribute", f"{shown(node)}: a method is called on its module")
            case ast.Call(ast.Name("super")):
                text = ast.unparse(node)
                if text != "super().__init__" and not text.endswith(", self).__init__"):
                    raise Refused(node, "attribute", f"{text}: super() is for __init__ only")
                return
            case _ if name.startswith("__"):
                raise Refused(node, "attribute", f"{shown(node)} may not be used by a child")
            case ast.Name("self"):
                made = self.constructor and name in OF_CONSTRUCTORS
                if not (made or name in self.members or name == "training"):
                    raise Refused(node, "attribute", f"self.{name} is not made by this file")
            case _ if full is not None:
                space, _, name = full.rpartition(".")
                described = name in DTYPE_ATTRIBUTES and space.removeprefix("torch.") in DTYPES
                described |= self.seeds and full == "torch.manual_seed"
                if name not in namespace_names(space) and not described:
                    raise Refused(node, "attribute", f"{full} may not be used by a child")
            case _:
                if name not in value_names() and (
                    name not in self.members or name in reserved_names()
                ):
                    text = f"{shown(node)}: .{name} may not be used by a child"
                    raise Refused(node, "attribute", text)


def methods(tree: ast.Module) -> dict[str, set[str]]:
    """By class of a file: the functions that take self."""
    return {
        node.name: {f.name for f in node.body if isinstance(f, ast.FunctionDef) and not f.decorator_list}
        for node in tree.body if isinstance(node, ast.ClassDef)
    }  # fmt: skip


def called_parts(node: ast.expr) -> set[int]:
    """Where a class may stand: it is called, or named to super and isinstance."""
    found: set[int] = set()
    for part in ast.walk(node):
        match part:
            case ast.Call(ast.Name("super" | "isinstance"), arguments):
                inner = [each for argument in arguments for each in ast.walk(argument)]
                found.update(id(each) for each in inner if isinstance(each, ast.Name))
            case ast.Call(function):
                found.add(id(function))
    return found
