"""Every file that a model's success rests on.

The verdicts and the gates are named one by one, and so is each file that was made on the way: a
missing one is made again, and a gate that failed in an earlier run fails in this one too.
"""

from collections.abc import Iterator

from plumbline.pipeline.plans import Plan

OF_COMPONENT = ("selftest/{0}.json", "certificates/{0}.json")
OF_STEP = ("original.py", "refactored.py", "weight_map.json", "verification_result.json", "PASS")
OF_MODEL = (
    "composition/refactored.py",
    "verification/composition_test.py",
    "verification/composition_result.json",
    "verification/coverage_summary.json",
    "verification/step_verification_summary.json",
    "verification/PASS",
    "decomposition_tree.json",
    "decomposition_analysis.md",
)


def of(plan: Plan) -> Iterator[str]:
    """Relative to results/NAME. A refused model asks for the one file that cannot be made."""
    if plan.error:
        yield "plan/accepted"
        return
    for component in plan.components.values():
        yield component.path
        yield from (pattern.format(component.name) for pattern in OF_COMPONENT)
    for step in plan.steps:
        yield from (f"steps/{step}/{file}" for file in OF_STEP)
    yield from OF_MODEL
