"""Hub models as data files: one TOML file for each model, and no code for any of them.

Owns reading and checking them. Refuses a file that leaves a question open, by naming file, field and
what is expected there. Promises that a profile, once loaded, is complete and within its bounds.
"""

import tomllib
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec

SIM_SLOTS_LIMIT = 4
"""More slots than any hub has; a larger number in a file is a slip of the finger."""

Generation = Literal["2G", "3G", "4G"]


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one hub model has built in."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    sim_slots: Annotated[int, msgspec.Meta(ge=1, le=SIM_SLOTS_LIMIT)]
    generations: Annotated[tuple[Generation, ...], msgspec.Meta(min_length=1)]
    """Radio generations of the modem, the best one last."""
    ethernet: bool
    wifi: bool
    takes_ajax_sim: bool = True
    """No public list says which models take an Ajax SIM, so all of them do unless their file denies it."""


class ProfileError(Exception):
    """A model that cannot be had."""


class UnknownModel(ProfileError):
    """No model of this name; `nearest` is the name probably meant, or None."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        close = get_close_matches(name, known, n=1)
        self.name = name
        self.nearest = close[0] if close else None
        advice = f"did you mean {self.nearest!r}?" if close else f"known models: {', '.join(known)}"
        super().__init__(f"there is no hub model {name!r}; {advice}")


class BadProfile(ProfileError):
    """A model file that cannot be used; `field` is empty when it is the file as a whole."""

    def __init__(self, file: str, field: str, expected: str) -> None:
        place = f"{file}, field {field!r}" if field else file
        super().__init__(f"{place}: {expected}")
        self.file = file
        self.field = field
        self.expected = expected


@lru_cache(maxsize=1)
def model_names() -> tuple[str, ...]:
    """Return the names of the models that come with the simulator, sorted."""
    folder = files("hubsim_simulator.hardware") / "models"
    names = [entry.name for entry in folder.iterdir()]
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@lru_cache(maxsize=64)
def load_profile(name: str) -> ModelProfile:
    """Return the model of this name, or raise `UnknownModel`."""
    if name not in model_names():
        raise UnknownModel(name, model_names())
    data = (files("hubsim_simulator.hardware") / "models" / f"{name}.toml").read_bytes()
    return parse_profile(data, f"{name}.toml")


def read_profile(path: Path) -> ModelProfile:
    """Return the model described by a file of the user's own, or raise `BadProfile`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadProfile(str(path), "", f"cannot be read: {error.strerror}") from error
    return parse_profile(data, str(path))


def parse_profile(data: bytes, file: str) -> ModelProfile:
    """Return the model written in `data`, or raise `BadProfile`; `file` is the name shown in the error."""
    try:
        fields = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadProfile(file, "", f"not a TOML file: {error}") from error
    except RecursionError as error:
        raise BadProfile(file, "", "not a TOML file that can be read: it is nested too deep") from error
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
