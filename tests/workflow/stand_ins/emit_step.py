"""Stand-in: copies of the parent and the children, and a refactored file that names them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from toy import arguments, write


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv, "component", "children", "output")
    output = Path(args.output)
    (output / "children").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(args.component, output / "original.py")
    for child in args.children:
        shutil.copyfile(child, output / "children" / Path(child).name)
    write(output / "refactored.py", " ".join(Path(child).stem for child in args.children) + "\n")
    write(output / "weight_map.json", {})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
