"""Reads an app manifest from a file, JSON or YAML (every JSON document is one)."""

from pathlib import Path

import yaml

from rehearsal.slack.errors import Json, ManifestError

_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The same rules fourteen times as fast, where the wheel brings libyaml: hundreds of tests install the manifest."""


def load_manifest(path: Path) -> Json:
    """The manifest as plain data; raises ManifestError with file and line."""
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise ManifestError(f"{path}: {place}{wrong.problem or wrong.context}; mend that place.") from wrong
    except yaml.YAMLError as wrong:
        raise ManifestError(f"{path}: {wrong}") from wrong
    if not isinstance(loaded, dict):
        raise ManifestError(f"{path}: the manifest must be a mapping, not a {type(loaded).__name__}.")
    return loaded
