"""Is every leaf heard? ``python tests/mutation/power.py STEP_FOLDER...``

Each call of a child is set to zero, and then changed by one per cent; the comparison of numbers
alone must see it. Prints one row a model: calls of children, and how many were seen.
"""

import ast
import collections
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "workflow")]

from mutants import _replace
from run import forked

from plumbline.verifier.settings import Settings
from plumbline.verifier.step import Step

CHANGES = {"zero": "({} * 0.0)", "1 %": "({} * 1.01)"}


def places(tree: ast.Module) -> list[int]:
    """Calls of children whose result is a plain tensor, by their number in the tree."""
    nodes = list(ast.walk(tree))
    unpacked = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
    }
    return [
        index
        for index, node in enumerate(nodes)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "self"
        and id(node) not in unpacked
    ]


def heard(step: Path, index: int, pattern: str) -> str:
    """What the comparison of numbers says when one call is changed."""
    tree = ast.parse((step / "refactored.py").read_text())
    node = list(ast.walk(tree))[index]
    new = ast.parse(pattern.format(ast.unparse(node)), mode="eval").body
    _replace(tree, node, new)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "step"
        shutil.copytree(step, copy)
        (copy / "refactored.py").write_text(ast.unparse(ast.fix_missing_locations(tree)))
        verdict = Step(Settings(copy / "original.py", copy / "refactored.py")).run()
    section = verdict["numerical_comparison"]
    if not section.reached:
        return "refused"  # an index, a mask or an object, which has no per cent
    wrong_kind = any("dtype" in problem for problem in section.problems)
    return "refused" if wrong_kind else "seen" if section.problems else "unseen"


def main() -> int:
    """Exit code 0 when nothing is unseen."""
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for step in map(Path, sys.argv[1:]):
        model = step.parent.parent.name
        for index in places(ast.parse((step / "refactored.py").read_text())):
            for name, pattern in CHANGES.items():
                answer = forked(lambda s=step, i=index, p=pattern: heard(s, i, p))
                table[model][f"{name} {answer}"] += 1
                if answer == "unseen":
                    print(f"UNSEEN {name} {step} call {index}", flush=True)
    for model, counts in sorted(table.items()):
        print(model, dict(sorted(counts.items())))
    return int(any("unseen" in key for counts in table.values() for key in counts))


if __name__ == "__main__":
    sys.exit(main())
