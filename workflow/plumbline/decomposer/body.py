"""The forward of a part, line by line, with variables named as the author named them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .contexts import Context, header
from .graph import Graph, Operation, Ref, Source, refs
from .lines import Call, Step, touched
from .memory import bytes_of
from .statements import expression, in_place_statement, operand
from .words import identifier, variable, word

LARGE = 1 << 28  # bytes of a tensor that is worth a line that frees it
WIDTH = 110  # of a comment
RESERVED = ("self", "torch", "nn", "F", "math", "sys", "Path", "input")


@dataclass
class Body:
    """Prints steps as lines of a forward. `state` gives the text of a parameter or buffer, `module` of a leaf."""

    graph: Graph
    state: Callable[[int], str | None]
    module: Callable[[Operation], str]
    variables: dict[int, str] = field(default_factory=dict)  # object -> variable
    owner: dict[str, int] = field(default_factory=dict)  # variable -> object
    last_use: dict[int, int] = field(default_factory=dict)  # object -> step
    given: frozenset[int] = frozenset()  # objects that the caller holds as well

    def inputs(self, values: Iterable[int]) -> list[str]:
        """Name the parameters of the forward. A single one that is no variable of the author's is called x."""
        values = list(values)
        if len(values) == 1 and not self._assigned(values[0]):
            return [self._take("x", self.graph.values[values[0]].object)]
        return [self._name(value, -1) for value in values]

    def lines(self, steps: list[Step], outputs: Any, comments: bool) -> list[str]:
        """The statements of `steps`, then the return of `outputs` (a tree with Ref leaves)."""
        self._measure(steps, outputs)
        self.given = frozenset(self.variables)
        result: list[str] = []
        said = Source("", 0)
        modes: Context = ()
        for position, step in enumerate(steps):
            context = () if isinstance(step, Call) else step.context
            lines: list[str] = []
            if comments and isinstance(step, Operation) and str(step.source) != str(said):
                lines.append(_comment(step.source, said))
                said = step.source
            if context and context != modes:
                result += [*lines, header(context)]
                lines = []
            modes = context
            lines += self._step(step, position)
            if position < len(steps) - 1:
                lines += self._freeing(step, position)
            result += [f"    {line}" for line in lines] if context else lines
        value = operand(outputs, self.text)
        if isinstance(outputs, tuple) and len(outputs) > 1:
            value = value[1:-1]  # `return q, k, v`
        return _returning(result, value)

    def _step(self, step: Step, position: int) -> list[str]:
        if isinstance(step, Call):
            return self._call(step, position)
        return [*self._own_variables(step, position), self._operation(step, position)]

    def _freeing(self, step: Step, position: int) -> list[str]:
        """`del scores`, after the last use of a large tensor: a name would keep it until the forward returns."""
        dead = dict.fromkeys(
            self.variables[number]
            for number, value in ((self.graph.values[v].object, v) for v in touched(step))
            if self.last_use[number] <= position
            and self.owner.get(self.variables.get(number, "")) == number
            and number not in self.given
            and bytes_of(self.graph, value) >= LARGE
        )
        return [f"del {', '.join(dead)}"] if dead else []

    def text(self, value: int) -> str:
        """The variable or attribute that holds a value."""
        number = self.graph.values[value].object
        if number in self.variables:
            return self.variables[number]
        text = self.state(value)
        assert text is not None, f"value {value} has no name here"
        return text

    def _measure(self, steps: list[Step], outputs: Any) -> None:
        for position, step in enumerate(steps):
            for value in touched(step):
                self.last_use[self.graph.values[value].object] = position
        for value in refs(outputs):
            self.last_use[self.graph.values[value].object] = len(steps)

    def _own_variables(self, operation: Operation, position: int) -> list[str]:
        """`table = self.table`, before a parameter or buffer is written: writes go through a variable.

        None that the operation itself still reads: the `u` of `self.u.copy_(u)` is another one.
        """
        lines = []
        for old, _ in operation.writes:
            if self.graph.values[old].object not in self.variables and (text := self.state(old)):
                lines.append(f"{self._name(old, position - 1)} = {text}")
        return lines

    def _operation(self, operation: Operation, position: int) -> str:
        statement = in_place_statement(operation, self.text)
        if statement is not None:
            for value in refs(operation.result):
                self._name(value, position)
            return statement
        module = self.module(operation) if operation.module else None
        code = expression(operation, self.text, module)
        slots = operation.result
        if isinstance(slots, Ref):
            return f"{self._name(slots.value, position)} = {code}"
        if slots is None or not list(refs(slots)):
            return code
        return f"{self._targets(slots, position)} = {code}"

    def _targets(self, tree: Any, position: int) -> str:
        """The left-hand side of an unpacking: nested like the result, `_` for what nobody uses."""
        if isinstance(tree, tuple | list):
            parts = [self._targets(item, position) for item in tree]
            text = ", ".join(f"({part})" if "," in part else part for part in parts)
            return f"{text}," if len(parts) == 1 else text
        if isinstance(tree, Ref) and self.graph.values[tree.value].object in self.last_use:
            used = self.last_use[self.graph.values[tree.value].object] > position
            return self._name(tree.value, position) if used else "_"
        return "_"

    def _call(self, call: Call, position: int) -> list[str]:
        setup = self._carry(call, position)
        code = f"{call.attribute}({', '.join(self._argument(call, i) for i in range(len(call.inputs)))})"
        if not call.outputs:
            return [code]
        targets = ", ".join(self._name(value, position, call.names) for value in call.outputs)
        return [*setup, f"{targets} = {code}"]

    def _carry(self, call: Call, position: int) -> list[str]:
        """Let the results of a loop take the variables of the arguments that they replace."""
        setup = []
        for argument, result in call.carried:
            given, made = (
                self.graph.values[v].object for v in (call.inputs[argument], call.outputs[result])
            )
            if self.last_use[given] <= position and given in self.variables:
                self.variables[made] = self.variables[given]
                self.owner[self.variables[made]] = made
            else:
                name = self._name(call.outputs[result], position - 1)
                setup.append(f"{name} = {self.text(call.inputs[argument])}")
        return setup

    def _argument(self, call: Call, place: int) -> str:
        replaced = dict(call.carried)
        return self.text(call.outputs[replaced[place]] if place in replaced else call.inputs[place])

    def _name(self, value: int, position: int, preferred: tuple[str, ...] = ()) -> str:
        """The variable of a value's object; a new one is the author's name if that is free by now."""
        number = self.graph.values[value].object
        if number not in self.variables:
            found = [*map(variable, preferred), *self._candidates(value)]
            candidates = [name for name in found if name not in RESERVED]
            free = [c for c in candidates if self._is_free(c, position)]
            self._take(free[0] if free else self._numbered(candidates[-1], position), number)
        return self.variables[number]

    def _take(self, name: str, number: int) -> str:
        self.variables[number] = name
        self.owner[name] = number
        return name

    def _candidates(self, value: int) -> list[str]:
        content = self.graph.values[value]
        names = self._authored(value)
        if content.origin == "operation":
            names.append(word(self.graph.operations[content.producer]))
        return [variable(name) for name in names]

    def _authored(self, value: int) -> list[str]:
        """The author's names: the variable that the statement assigns, and the attribute of the module."""
        names = self._assigned(value)
        content = self.graph.values[value]
        module = self.graph.operations[content.producer].module if content.producer >= 0 else None
        part = module.path.rsplit(".", 1)[-1] if module else ""
        return [*names, identifier(part)] if part and not part.isdigit() else names

    def _assigned(self, value: int) -> list[str]:
        """The author's variable: what the statement assigns, or the name of a parameter or a state."""
        content = self.graph.values[value]
        if content.origin == "state":
            return [content.name.rpartition(".")[2], content.name.replace(".", "_")]
        if content.origin != "operation":
            return [content.name]
        operation = self.graph.operations[content.producer]
        targets = operation.source.targets
        made = list(refs(operation.result))
        names = [targets[0]] if len(targets) == 1 and self._has_target(operation) else []
        if len(targets) == len(made) > 1 and value in made:
            names = [targets[made.index(value)]]
        return names

    def _has_target(self, operation: Operation) -> bool:
        """Whether the result is what the statement assigns, or a new state of the same variable.

        scores = query @ key.transpose(-2, -1)    the product is `scores`, the transpose is not
        x = self.relu(self.conv(x))               both are `x`
        """
        target = operation.source.targets[0]
        objects = [self.graph.values[value].object for value in operation.reads]
        same = any(self.variables.get(number) == target for number in objects)
        return same or operation.index not in self.graph.intermediates

    def _is_free(self, name: str, position: int) -> bool:
        """Whether the variable is unused, or held by a tensor that nothing needs after this step."""
        holder = self.owner.get(name)
        return holder is None or (position >= 0 and self.last_use.get(holder, -1) <= position)

    def _numbered(self, name: str, position: int) -> str:
        number = 2
        while not self._is_free(f"{name}_{number}", position):
            number += 1
        return f"{name}_{number}"


def _comment(source: Source, before: Source) -> str:
    """The author's line, with its file where that is another one than before."""
    told = source.text if source.file == before.file else f"{source.file}: {source.text}"
    comment = f"# {told or source.file}".rstrip(": ")
    return comment if len(comment) <= WIDTH else f"{comment[: WIDTH - 4].rstrip()} ..."


def _returning(lines: list[str], value: str) -> list[str]:
    """`y = f(x); return y` as `return f(x)`. A loop over children is no expression."""
    name, _, code = lines[-1].partition(" = ") if lines else ("", "", "")
    if name == value and code and not code.startswith("@"):
        return [*lines[:-1], f"return {code}"]
    return [*lines, f"return {value}"]
