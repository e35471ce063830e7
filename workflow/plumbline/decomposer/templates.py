"""The parts of a component's file that are the same everywhere: SPEC.md's run_tests and main."""

EXPECTED_SHAPES = """\
            expected_shapes = get_expected_output_shape()
            actual_shapes = [o.shape for o in outputs]
            assert len(actual_shapes) == len(expected_shapes), \\
                f"Expected {len(expected_shapes)} outputs, got {len(actual_shapes)}"
            for i, (actual, expected) in enumerate(zip(actual_shapes, expected_shapes)):
                assert tuple(actual) == tuple(expected), \\
                    f"Output {i} shape mismatch: got {actual}, expected {expected}"
"""

ACTUAL_SHAPES = """\
            actual_shapes = [o.shape for o in outputs]  # they depend on the data
"""

NO_NAN = """\
            assert not any(torch.isnan(o).any() for o in outputs), "Output contains NaN"
"""

NO_INF = """\
            assert not any(torch.isinf(o).any() for o in outputs), "Output contains Inf"
"""

RUN_TESTS = '''\
def run_tests():
    """Verify this component executes correctly."""
    try:
        model = Model(*get_init_inputs())
        model.eval()
        with torch.no_grad():
            inputs = get_inputs()
            output = model(*inputs)
            assert output is not None, "Output is None"
            outputs = [output] if isinstance(output, torch.Tensor) else {flatten}(output)
{values}{shapes}            print(f"Input shape(s): {[x.shape for x in inputs]}")
            print(f"Output shape(s): {actual_shapes}")
            print("PASS")
            return True
    except Exception as e:
        print(f"FAIL: {e}")
        import traceback
        traceback.print_exc()
        return False'''

TENSORS_OF = '''\


def tensors_of(tree):
    """Every tensor in a nesting of tuples, lists, dicts and output objects, in order."""
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = list(tree.values())
    elif hasattr(tree, "__dataclass_fields__"):
        tree = [getattr(tree, name) for name in tree.__dataclass_fields__]
    elif hasattr(tree, "__dict__"):  # an output object, such as a cache
        tree = [value for name, value in vars(tree).items() if not name.startswith("_")]
    return [leaf for item in tree for leaf in tensors_of(item)] if isinstance(tree, (list, tuple)) else []'''

MAIN = """\


if __name__ == "__main__":
    import sys
    sys.exit(0 if run_tests() else 1)"""
