"""Stand-in: a composed model, and a composition test that looks for the word BROKEN."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write

TEST = """\
import sys
from pathlib import Path

kernels = Path(__file__).resolve().parents[1].joinpath("level_0_kernel").glob("*.py")
good = all("BROKEN" not in kernel.read_text() for kernel in kernels)
print("PASS" if good else "FAIL")
sys.exit(0 if good else 1)
"""


def main(argv: Sequence[str] | None = None) -> int:
    result = Path(arguments(argv, "result").result)
    output = result / "composition"
    for kernel in sorted((result / "level_0_kernel").glob("*.py")):
        (output / "children").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kernel, output / "children" / kernel.name)
    write(output / "original.py", "the whole\n")
    write(output / "refactored.py", "all kernels\n")
    write(output / "weight_map.json", {})
    write(result / "verification" / "composition_test.py", TEST)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
