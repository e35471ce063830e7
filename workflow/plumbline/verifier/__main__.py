"""Run the verifier from its folder: ``python -I path/to/verifier --original O ...``."""

import importlib.util
import sys
from pathlib import Path


def _main() -> int:
    if __package__:
        from . import cli

        return cli.main()
    folder = (
        Path(__file__).resolve().parent
    )  # run as a folder: make it a package of a name of its own
    spec = importlib.util.spec_from_file_location(
        "plumbline_verifier", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["plumbline_verifier"] = package
    spec.loader.exec_module(package)
    from plumbline_verifier.cli import main  # type: ignore[import-not-found]

    return int(main())


sys.exit(_main())
