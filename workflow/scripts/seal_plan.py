"""Note what each emission will write, as digests, and clear away what the plan no longer holds.

Everything is emitted once into a temporary folder. So a change of the model file or of the
decomposer that leaves the emitted code as it is, comments aside, is seen before the first gate, and
nothing is made or judged again because of it.
"""

import argparse
import ast
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import compose_model
import emit_component
import emit_step

from plumbline.pipeline import records
from plumbline.pipeline.digests import combined
from plumbline.pipeline.plans import Component, Plan, plan_of


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plan", type=Path, required=True, help="results/NAME/plan")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args(argv)


def run(script: Callable[[Sequence[str]], int], *arguments: object) -> None:
    code = script([str(argument) for argument in arguments])
    if code != 0:
        raise RuntimeError(f"{script.__module__} ended with exit code {code}")


def digest(*paths: Path) -> str:
    return combined(code(path) for path in paths)


def code(path: Path) -> bytes:
    """What a file says, without comments and white space. (A weight map reads as Python, too.)"""
    content = path.read_bytes()
    try:
        return ast.dump(ast.parse(content)).encode()
    except (SyntaxError, ValueError):  # no Python
        return content


def seal(plan: Plan, folder: Path, model: Path, scratch: Path) -> dict[str, str]:
    """Emit everything into `scratch` and return the digests by job."""
    emitted = {}
    for component in plan.components.values():
        output = scratch / component.path
        entry = folder / "components" / f"{component.name}.json"
        run(emit_component.main, "--entry", entry, "--model", model, "--output", output)
        emitted[component.name] = digest(output)
    for step, component in plan.steps.items():
        output = scratch / "steps" / step
        run(emit_step.main, *step_arguments(plan, component, folder, model, scratch))
        emitted[step] = digest(output / "refactored.py", output / "weight_map.json")
    run(compose_model.main, "--plan", folder, "--result", scratch)
    composition = scratch / "composition"
    test = scratch / "verification" / "composition_test.py"
    emitted["composition"] = digest(
        composition / "refactored.py", composition / "weight_map.json", test
    )
    return emitted


def step_arguments(
    plan: Plan, component: Component, folder: Path, model: Path, result: Path
) -> list[object]:
    children = [plan.components[child].path for child in component.children]
    original = model if plan.root_level == "kernel" else result / component.path
    entry = folder / "components" / f"{component.name}.json"
    output = result / "steps" / str(component.step)
    files = [result / path for path in children or [component.path]]
    return [
        *("--entry", entry, "--model", model, "--component", original),
        *("--children", *files, "--output", output),
    ]


def clear_away(plan: Plan, result: Path) -> list[str]:
    """Remove what former plans wrote and this one does not hold; return what was edited by hand."""
    kept = {*plan.components, *plan.steps, "composition"}
    stale = [job for job in records.jobs(result) if job not in kept]
    edited = [name for job in stale for name in records.edited(result, job)]
    for job in stale if not edited else ():
        remove(result, job)
    return edited


def remove(result: Path, job: str) -> None:
    for name in records.read(result, job):
        (result / name).unlink(missing_ok=True)
    for name in (f"selftest/{job}.json", f"certificates/{job}.json"):
        (result / name).unlink(missing_ok=True)
    shutil.rmtree(result / "steps" / job, ignore_errors=True)
    records.forget(result, job)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    index = json.loads((args.plan / "index.json").read_text(encoding="utf-8"))
    plan = plan_of(index)
    emitted: dict[str, str] = {}
    if plan.components:
        edited = clear_away(plan, args.plan.parent)
        if edited:
            print(records.explain(plan.model, edited))
            return 1
        with tempfile.TemporaryDirectory() as scratch:
            emitted = seal(plan, args.plan, args.model, Path(scratch))
        print(f"plan  {plan.model}  {len(plan.components)} components, {len(plan.steps)} steps")
    args.output.write_text(json.dumps(emitted, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
