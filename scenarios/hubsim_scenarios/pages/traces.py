"""The page about trace files, generated from the records of their lines."""

from enum import Enum
from typing import Any, get_args

import msgspec

from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.traces.reader import MAX_EVENTS, MAX_LINE_BYTES
from hubsim_scenarios.traces.records import (
    FORMAT,
    KINDS,
    ActRecord,
    AnsweredRecord,
    ConnectionLostRecord,
    EventRecord,
    PlayBegan,
    PlayEnded,
    TraceLine,
)

_OPENING = f"""\
# Traces

`hubsim run --trace FILE` records all events of a world as JSON lines: one object a line, in UTF-8. This is
format {FORMAT}. A play is a head (`play_began`), its events in the order in which they occurred, and an end
(`play_ended`). A file can contain several plays, one after another. A play without an end is incomplete.
`event` is the kind of the line.

A reader ignores unknown fields, and refuses a newer format, a line of more than
{MAX_LINE_BYTES // (1024 * 1024)} MiB, and a play of more than {MAX_EVENTS:,} events.

| command | what it does |
|---|---|
| `hubsim trace show FILE` | prints one line for each event, with names for ids; `--hub`, `--event`, \
`--since`, `--until` filter the events, `--full` shows complete messages, `--json` prints the original lines |
| `hubsim trace diff A B` | prints the first difference between the two runs of each play; the order of the \
plays can differ |
| `hubsim trace replay FILE` | plays the scenario again in a virtual world with the same seed, and compares |

`diff` and `replay` exit with 0 if nothing differs, 1 if something differs, 2 if a file cannot be used.

## The comparison

Plays are matched by file, case and seed; the remaining plays by file and case, then by the file's name
without its folder, then by the title.

Two virtual plays of the same file with the same seed, broker and version must have identical events. Any
other two runs (two worlds, versions, brokers, seeds) are compared instant by instant:

- Ids of hubs, cards, people, companies and objects are replaced by their names, and topics lose their prefix.
- Counters (`version`, `applied_version`, `boot`, `connection`, `sequence`, `number`) are ignored.
- The order within one instant is ignored. Ignored are also retained documents that another one replaces at
  the same instant, and presence with `online` false, because only the remote world receives last wills.

A live or remote hub may report its cards to the cloud before people have added it. Then the cloud publishes
one desired document where it publishes two in the virtual world, and the hub reports once, not twice. So two
equal runs may have different numbers of events.

`diff --exact` always compares event by event. Then random choices and the order within an instant are
differences, for example the pause before a reconnection, or whether a hub receives the cut before its link
ends.
"""

_AT_MS, _HUB = 1_768_464_000_000, "3390F28D"
_EXAMPLE = (
    PlayBegan(
        at_ms=_AT_MS,
        format=FORMAT,
        hubsim="0.1.0",
        scenario="A hub with a cable is green",
        file="green.yaml",
        sha256="9f" * 32,
        seed=1,
        world="virtual",
        broker="embedded",
        zone="Europe/Warsaw",
        names={_HUB: "villa"},
    ),
    ActRecord(at_ms=_AT_MS, who="ivan", do="stop_now"),
    AnsweredRecord(at_ms=_AT_MS, who="ivan", do="stop_now", refused="not_active"),
    ConnectionLostRecord(at_ms=_AT_MS + 5_000, who=_HUB),
    PlayEnded(at_ms=_AT_MS + 5_000, verdict=Verdict.PASS, steps=3),
)


def traces_page() -> str:
    """Return the page in Markdown, without the note that it is generated."""
    kinds = [kind for kind in KINDS.values() if issubclass(kind, EventRecord)]
    lines = "\n".join(msgspec.json.encode(line).decode() for line in _EXAMPLE)
    parts = [
        _OPENING,
        f"## An example\n\n```json\n{lines}\n```\n",
        "## The head and the end\n",
        _section(PlayBegan),
        _section(PlayEnded),
        "## Events\n",
        f"All have `at_ms` and `who`: {_lowered(documented_texts(EventRecord)['who'])}\n",
        *map(_section, kinds),
    ]
    return "\n".join(parts)


def _section(kind: type[TraceLine]) -> str:
    meanings = documented_texts(kind)
    known = {"at_ms", "who"} if issubclass(kind, EventRecord) else set()
    rows = [
        f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} | {meanings[field.name]} |"
        for field in msgspec.structs.fields(kind)
        if field.name not in known
    ]
    head = "| field | is | default | |\n|---|---|---|---|\n"
    table = "\n" + head + "\n".join(rows) + "\n" if rows else ""
    return f"### `{kind.__struct_config__.tag}`\n\n{kind.__doc__}\n{table}"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(value).decode()}`"


def _type(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "text"
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    origin = getattr(annotation, "__origin__", None)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    return " or ".join(map(_type, arguments))


_WORDS: dict[Any, str] = {int: "whole number", str: "text", type(None): "null"}


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
