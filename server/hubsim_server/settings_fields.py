"""The description of each setting: its flag, variable, type, bounds, default, users and meaning.

It comes from the record and the texts after its fields, so that the command line, the errors and the
documentation agree.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from hubsim_contract.docstrings import documented_texts
from hubsim_server.settings import FILES, PROCESSES_MAX, USED_BY, ServerSettings

ENVIRONMENT_PREFIX = "HUBSIM_"
UNSET = "not set"
"""The text for None."""

_SPECIAL = {
    "broker": "embedded, amqtt, mosquitto, or mqtt(s)://user:password@host:port",
    "prefix": "levels without + # $, such as hubsim/v1",
    "state": "a path of a folder",
    "shard": "a shard such as 2/4",
    "processes": f"auto, or a whole number from 1 to {PROCESSES_MAX}",
}
_SPECIAL_METAVARS = {"broker": "BROKER", "state": "FOLDER", "shard": "N/M", "processes": "auto|N"}


class SettingField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the record."""

    name: str
    """As in the record, and as the key in `hubsim.toml`."""
    hint: Any
    """Its annotation, for `msgspec.convert`."""
    base: type
    """Its type without bounds and None."""
    meta: msgspec.Meta | None
    """Its bounds."""
    default: object
    text: str
    """Its whole text, on one line."""

    @property
    def flag(self) -> str:
        """Its command-line option."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def users(self) -> tuple[str, ...]:
        """The processes that use it."""
        return tuple(process for process, names in USED_BY.items() if self.name in names)

    @property
    def sentence(self) -> str:
        """The first sentence of its text, without code marks and the full stop."""
        return self.text.replace("`", "").split(". ")[0].rstrip(".")

    @property
    def takes(self) -> str:
        """The values that it takes, such as `a whole number from 0 to 65535`."""
        if self.name in _SPECIAL:
            return _SPECIAL[self.name]
        if self.base is Path:
            return "a path of a file" if self.name in FILES else "a path"
        if self.base is bool:
            return "true or false"
        if issubclass(self.base, StrEnum):
            return f"one of {', '.join(self.base)}"
        if self.base is int:
            return "a whole number" + (f" from {self.meta.ge} to {self.meta.le}" if self.meta else "")
        return "text" + (
            f" of {self.meta.min_length} to {self.meta.max_length} characters" if self.meta else ""
        )

    @property
    def metavar(self) -> str:
        """The placeholder of its value in the help of a command."""
        if self.name in _SPECIAL_METAVARS:
            return _SPECIAL_METAVARS[self.name]
        if issubclass(self.base, StrEnum):
            return "|".join(self.base)
        return {Path: "FILE", int: "N", str: "TEXT"}.get(self.base, "")

    @property
    def default_text(self) -> str:
        """Its default in the syntax of the command line; `not set` for None."""
        if self.default is None:
            return UNSET
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


@cache
def setting_fields() -> Mapping[str, SettingField]:
    """Return the fields of `ServerSettings` by name, in the order of the record."""
    hints = get_type_hints(ServerSettings, include_extras=True)
    texts = _texts(ServerSettings)
    found = {}
    for field in msgspec.structs.fields(ServerSettings):
        base, meta = _base_and_bounds(hints[field.name])
        found[field.name] = SettingField(
            name=field.name,
            hint=hints[field.name],
            base=base,
            meta=meta,
            default=field.default,
            text=texts[field.name],
        )
    return MappingProxyType(found)


def _base_and_bounds(hint: Any) -> tuple[type, msgspec.Meta | None]:
    """Return the type of the values and the bounds of an annotation such as `Port | None`."""
    if get_origin(hint) is Annotated:
        base, meta = get_args(hint)
        return base, meta
    if get_args(hint):
        return next(_base_and_bounds(each) for each in get_args(hint) if each is not type(None))
    return hint, None


def _texts(record: type) -> dict[str, str]:
    """Return the texts after the fields, for operators."""
    return {name: text.replace("null:", "Not set:") for name, text in documented_texts(record).items()}
