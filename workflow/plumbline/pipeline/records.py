"""Records of what the pipeline wrote, so that an edit by hand is never overwritten in silence.

`results/NAME/written/JOB.json` maps each file that a job wrote, relative to `results/NAME`, to its
sha256. A file that no longer matches was changed by hand; one that has gone may be written again.
"""

import json
import shutil
from pathlib import Path

from plumbline.pipeline.digests import sha256

FOLDER = "written"


def edited(result: Path, job: str) -> list[str]:
    """Files of this job that are there and are not what it wrote."""
    changed = []
    for name, digest in read(result, job).items():
        file = result / name
        if file.is_file() and sha256(file) != digest:
            changed.append(name)
    return changed


def read(result: Path, job: str) -> dict[str, str]:
    path = _path(result, job)
    if not path.is_file():
        return {}
    record: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return record


def write(result: Path, job: str, files: list[Path]) -> None:
    record = {str(file.relative_to(result)): sha256(file) for file in sorted(files)}
    path = _path(result, job)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".new")  # a record is there or not, even if this is killed
    whole.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    whole.replace(path)


def forget(result: Path, job: str) -> None:
    _path(result, job).unlink(missing_ok=True)


def put_back(result: Path) -> None:
    """Copy children that were deleted from a step once more; Snakemake does not watch these."""
    for job in jobs(result):
        for name, digest in read(result, job).items():
            copy = result / name
            if copy.parent.name == "children" and not copy.exists():
                for source in result.glob(f"level_*/{copy.name}"):
                    if sha256(source) == digest:
                        copy.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(source, copy)


def jobs(result: Path) -> list[str]:
    return sorted(path.stem for path in (result / FOLDER).glob("*.json"))


def explain(model: str, names: list[str]) -> str:
    """What to tell the user about files that were edited by hand."""
    listed = "\n".join(f"  edited  results of {model}: {name}" for name in names)
    return (
        f"{listed}\n"
        "  next    the pipeline writes these files, and it does not overwrite what you changed:\n"
        f"          make the change in the model file of {model}, or delete the files listed here\n"
        "          to have them written again"
    )


def _path(result: Path, job: str) -> Path:
    return result / FOLDER / f"{job}.json"
