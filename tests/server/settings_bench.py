"""Loads settings in a test without the environment of this machine."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from hubsim_server.settings import ServerSettings
from hubsim_server.settings_sources import BadSettings, load

NOTHING: Mapping[str, str] = {}


def settings_file(folder: Path, text: str) -> Path:
    """Write a `hubsim.toml` and return its path."""
    path = folder / "hubsim.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(
    process: str = "up", env: Mapping[str, str] = NOTHING, file: Path | None = None, **flags: object
) -> ServerSettings:
    """Load with these flags."""
    return load(process, flags, env, file)


def problems(
    process: str = "up", env: Mapping[str, str] = NOTHING, file: Path | None = None, **flags: object
) -> tuple[str, ...]:
    """Load invalid settings, and return the reported problems."""
    with pytest.raises(BadSettings) as refused:
        load(process, flags, env, file)
    return refused.value.problems
