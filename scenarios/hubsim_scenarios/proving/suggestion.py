"""The expectation that notices a difference, as it is written in a scenario file."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hubsim_scenarios.proving.observation import Difference
from hubsim_scenarios.recording.times import start_text

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]*(?: [A-Za-z0-9_.-]+)*|[0-9]{4}-[0-9]{2}")
"""Texts that need no quotes, together with `_WORDS`."""
_WORDS = frozenset({"on", "off", "yes", "no", "true", "false", "null", "y", "n"})
_MS = "_ms"
_INSTANT = f"at{_MS}"
"""Expectations of a state name an instant without the unit, and write it as a date. Views keep both."""
_ROWS = {"invoices": ("reseller", "dealer", "month", "total_cents"), "mails": ("kind", "company")}
"""The fields of rows that identify them. Other fields depend on the seed, or repeat these."""


def suggestion(difference: Difference, names: Mapping[str, str], zone: str) -> str | None:
    """Return an expectation of the honest value; None if no expectation of a state can see the difference.

    `names` are the aliases by id, `zone` is the zone of the scenario. A view is checked by the step that
    opens it, so for a view the result is the part to add to that step.
    """
    place = difference.place
    if place is None:
        return None
    honest, _mutant = shown_values(difference)
    view = f"{place.field}: {as_written(honest, names)}"
    expected = view
    if place.field.endswith(_INSTANT) and isinstance(honest, int):
        expected = f"{place.field.removesuffix(_MS)}: {start_text(honest, zone).removesuffix(f' {zone}')}"
    match place.subject, place.group:
        case ("mailbox", owner):
            return f"{{expect: mailbox, of: {owner}, {expected}}}"
        case (subject, ""):
            return f"{{expect: {subject}, {expected}}}"
        case (subject, "app" | "applied" | "shows" | "carrier" as group):
            return f"{{expect: {subject}, {group}: {{{expected}}}}}"
    return f"shows: {{{view}}}"


def shown_values(difference: Difference) -> tuple[Any, Any]:
    """Return the honest value and the one with the mutant; rows have only the fields that identify them."""
    honest, mutant = difference.honest, difference.mutant
    fields = _ROWS.get(difference.place.field) if difference.place is not None else None
    if fields is None:
        return honest, mutant
    short = tuple([{name: row[name] for name in fields} for row in value] for value in (honest, mutant))
    return (honest, mutant) if short[0] == short[1] else (short[0], short[1])


def as_written(value: Any, names: Mapping[str, str]) -> str:
    """Return a value as in a scenario file, with `@alias` in place of known ids."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value, names)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {as_written(part, names)}" for name, part in value.items()) + "}"
    return "[" + ", ".join(as_written(part, names) for part in value) + "]"


def _text(value: str, names: Mapping[str, str]) -> str:
    if value in names:
        return f"'@{names[value]}'"
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
