"""Check of a settings record against the ranges of its fields.

A range is defined once, as `msgspec.Meta(ge=..., le=...)` in the annotation, which the file reader and the
documentation also use. msgspec checks it only when it decodes, and `check_ranges` checks every record.
"""

from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec


class BadSetting(ValueError):
    """A setting outside its range."""

    def __init__(self, name: str, value: object, low: int | None, high: int | None) -> None:
        bounds = f"{low} or more" if high is None else f"{low} to {high}"
        super().__init__(f"setting {name} is {value!r}, but {bounds} is expected")
        self.name = name
        self.value = value
        self.low = low
        self.high = high


def check_ranges(settings: msgspec.Struct) -> None:
    """Raise `BadSetting` for the first field outside its range. None is always valid."""
    for name, low, high in _ranges(type(settings)):
        value = getattr(settings, name)
        if value is None:
            continue
        if type(value) is not int or value < (low or 0) or (high is not None and value > high):
            raise BadSetting(name, value, low, high)


@cache
def _ranges(record: type[msgspec.Struct]) -> tuple[tuple[str, int | None, int | None], ...]:
    hints = get_type_hints(record, include_extras=True)
    metas = [(name, _meta(hint)) for name, hint in hints.items()]
    return tuple((name, meta.ge, meta.le) for name, meta in metas if meta is not None)  # type: ignore[misc]


def _meta(hint: Any) -> msgspec.Meta | None:
    for part in (hint, *get_args(hint)):
        if get_origin(part) is Annotated:
            return next((note for note in get_args(part) if isinstance(note, msgspec.Meta)), None)
    return None
