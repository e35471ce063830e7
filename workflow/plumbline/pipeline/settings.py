"""The settings of config.yaml: checked against the schema, explained when they are wrong."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jsonschema

SCHEMA = Path(__file__).resolve().parents[3] / "schemas" / "config.schema.json"


class SettingsError(Exception):
    """Something in the config (or the folder it names) that only the user can put right."""


@dataclass(frozen=True)
class Settings:
    """config.yaml with its defaults filled in."""

    models_dir: Path
    results_dir: Path
    models: tuple[str, ...]
    seed: int
    trials: int
    tolerance: tuple[str, ...]  # as verify_step.py takes them: "float32=0.0001,1e-05"
    device: str
    threads: int
    time_limit: float
    memory_limit: int | None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Settings":
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        given = dict(config)
        if isinstance(given.get("models"), str):  # --config models=vgg16
            given["models"] = [given["models"]]
        _check(given, schema)
        values = {key: rule.get("default") for key, rule in schema["properties"].items()} | given
        tolerance = values["tolerance"].items()
        return cls(
            **values
            | {
                "models_dir": Path(values["models_dir"]),
                "results_dir": Path(values["results_dir"]),
                "models": tuple(values["models"]),
                "tolerance": tuple(f"{dtype}={rtol},{atol}" for dtype, (rtol, atol) in tolerance),
            }
        )


def find_models(settings: Settings) -> dict[str, Path]:
    """The files of the chosen models, by name and in order of the names."""
    folder = settings.models_dir
    if not folder.is_dir():
        raise SettingsError(
            f"models_dir: there is no folder {str(folder)!r}\n"
            "  next: name the folder with your model files in config.yaml, or by --config models_dir=..."
        )
    files = {f.stem: f for f in sorted(folder.glob("*.py")) if not f.name.startswith(("_", "."))}
    if not files:
        raise SettingsError(
            f"models_dir: the folder {str(folder)!r} holds no model file\n"
            "  expected: NAME.py with Model and get_inputs(); README.md shows a whole one"
        )
    chosen = {name for pattern in settings.models for name in _matching(pattern, files, folder)}
    return {name: files[name] for name in sorted(chosen)}


def _matching(pattern: str, files: Mapping[str, Path], folder: Path) -> list[str]:
    names = [name for name, file in files.items() if name == pattern or Path(name).match(pattern)]
    if not names:
        hint = _did_you_mean(pattern, list(files))
        raise SettingsError(f"models: nothing in {str(folder)!r} matches {pattern!r}{hint}")
    for name in names:
        if any(character in name for character in "{}<>\n"):
            raise SettingsError(f"models: please rename {name!r}: no braces or angles in a name")
    return names


def _check(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(dict(config)), key=lambda error: list(error.path))
    if errors:
        raise SettingsError("\n".join(line for error in errors for line in _explain(error)))


def _explain(error: jsonschema.ValidationError) -> list[str]:
    where = ".".join(str(part) for part in error.path)
    schema, instance = cast(Mapping[str, Any], error.schema), cast(Any, error.instance)
    if error.validator == "additionalProperties":
        known = sorted(schema["properties"])
        unknown = sorted(set(instance) - set(known))
        prefix = f"{where}." if where else ""
        return [f"unknown key {prefix}{key}{_did_you_mean(key, known)}" for key in unknown]
    if error.validator == "required":
        return [f"missing key: {error.message}"]
    return [f"{where}: {instance!r} is not {schema.get('description', error.message)}"]


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"\n  known: {shown}"
