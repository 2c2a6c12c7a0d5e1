"""Hub models as data: one TOML file for each model, and no code for a model.

Owns reading and checking the files. The error for a bad file names the file, the field and the expected
value. Promises that a loaded profile is complete and within its bounds.
"""

import tomllib
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec

SIM_SLOTS_LIMIT = 4
"""Maximum number of slots; no real hub has more."""

Generation = Literal["2G", "3G", "4G"]


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hardware of one hub model."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    sim_slots: Annotated[int, msgspec.Meta(ge=1, le=SIM_SLOTS_LIMIT)]
    generations: Annotated[tuple[Generation, ...], msgspec.Meta(min_length=1)]
    """Radio generations of the modem, the newest one last."""
    ethernet: bool
    wifi: bool
    takes_ajax_sim: bool = True
    """True unless a file sets it to false: no public list names the models that accept an Ajax SIM."""


class ProfileError(Exception):
    """A hub model is not available."""


class UnknownModel(ProfileError):
    """No model has this name. `nearest` is the most similar name, or None."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        close = get_close_matches(name, known, n=1)
        self.name = name
        self.nearest = close[0] if close else None
        advice = f"did you mean {self.nearest!r}?" if close else f"known models: {', '.join(known)}"
        super().__init__(f"there is no hub model {name!r}; {advice}")


class BadProfile(ProfileError):
    """A model file is not usable. `field` is empty if the whole file is bad."""

    def __init__(self, file: str, field: str, expected: str) -> None:
        place = f"{file}, field {field!r}" if field else file
        super().__init__(f"{place}: {expected}")
        self.file = file
        self.field = field
        self.expected = expected


@lru_cache(maxsize=1)
def model_names() -> tuple[str, ...]:
    """Return the names of the models in the simulator package, sorted."""
    folder = files("hubsim_simulator.hardware") / "models"
    names = [entry.name for entry in folder.iterdir()]
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@lru_cache(maxsize=64)
def load_profile(name: str) -> ModelProfile:
    """Return the model with this name. Raises `UnknownModel`."""
    if name not in model_names():
        raise UnknownModel(name, model_names())
    data = (files("hubsim_simulator.hardware") / "models" / f"{name}.toml").read_bytes()
    return parse_profile(data, f"{name}.toml")


def read_profile(path: Path) -> ModelProfile:
    """Return the model from a user's file. Raises `BadProfile`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadProfile(str(path), "", f"cannot be read: {error.strerror}") from error
    return parse_profile(data, str(path))


def parse_profile(data: bytes, file: str) -> ModelProfile:
    """Return the model from the TOML in `data`. Raises `BadProfile` with `file` as the name of its place."""
    try:
        fields = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadProfile(file, "", f"not a TOML file: {error}") from error
    except RecursionError as error:
        raise BadProfile(file, "", "not a readable TOML file: it is nested too deeply") from error
    _check_names(fields, file)
    try:
        return msgspec.convert(fields, ModelProfile)
    except msgspec.ValidationError as error:
        expected, _, place = str(error).partition(" - at `$.")
        raise BadProfile(file, place.rstrip("`"), expected) from error


def _check_names(fields: dict[str, object], file: str) -> None:
    known = {field.name: field.required for field in msgspec.structs.fields(ModelProfile)}
    for name in fields:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            advice = f"did you mean {close[0]!r}?" if close else f"known fields: {', '.join(known)}"
            raise BadProfile(file, name, f"unknown field; {advice}")
    for name, required in known.items():
        if required and name not in fields:
            raise BadProfile(file, name, "this field is missing")
