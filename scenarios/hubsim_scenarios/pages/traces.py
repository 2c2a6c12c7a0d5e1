"""The page about trace files, generated from the records of their lines."""

from enum import Enum
from inspect import cleandoc
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

`hubsim run --trace FILE` records all events of a world as JSON lines: one object per line, in UTF-8. This
page describes format {FORMAT}. A play has a head (`play_began`), its events in the order of their
occurrence, and an end (`play_ended`). A file can contain several plays, one after the other. A play without
an end was cut off. The field `event` is the kind of the line.

A reader ignores unknown fields. It rejects a newer format, a line of more than
{MAX_LINE_BYTES // (1024 * 1024)} MiB, and a play of more than {MAX_EVENTS:,} events.

| command | what it does |
|---|---|
| `hubsim trace show FILE` | prints one line per event, with names instead of ids; `--hub`, `--event`, \
`--since` and `--until` select events, `--full` prints complete messages, `--json` prints the lines of the \
file |
| `hubsim trace diff A B` | prints the first difference between the two runs of each play; the order of the \
plays in the files does not matter |
| `hubsim trace replay FILE` | plays the scenario again in the virtual world, under the same seed, and \
compares |

`diff` and `replay` exit with 0 if the runs are the same, 1 if they differ, and 2 if a file cannot be used.

## Packets

`hubsim run --live --packets all --trace FILE` also records every MQTT packet between the stations and the
broker. `--packets front-door`, `--packets cloud` or `--packets carrier` records those of one station; give
the option several times for several. The stations then connect through the [tap](tap.md), with every broker.
The verdicts and all other events are the same: expectations never match packets. Passwords are masked.

`hubsim trace show FILE --event packet --hub front-door` prints the packets. The sequence diagram of the HTML
report has them after a click on *packets*.

## Comparison

Plays are paired by file, case and seed. The remaining plays are paired by file and case, then by the file
name without its folder, then by the title.

Two virtual plays of the same file under the same seed, broker and version must have the same events in the
same order. Other runs (in two worlds, or with two versions, brokers or seeds) are compared instant by
instant:

- Names replace the ids of hubs, cards, people, companies and objects. Topics lose their prefix.
- Counters (`version`, `applied_version`, `boot`, `connection`, `sequence`, `number`) are omitted.
- The order within one instant does not matter. A retained document is omitted if another one replaces it at
  the same instant. A presence with `online` false is omitted, because only the remote world receives wills.

A hub in the live or remote world can report its cards to the cloud before a person adds the hub. The cloud
then publishes one desired document instead of the two in the virtual world, and the hub responds once
instead of twice. So two runs without a difference can have different numbers of events.

Packets are not compared.

`diff --exact` always compares event by event. It reports differences that are caused by chance or by the
order within an instant, for example the pause before a reconnection, or whether a hub receives a cut before
the cut is executed.
"""

_AT_MS, _HUB = 1_768_464_000_000, "3390F28D"
_EXAMPLE = (
    PlayBegan(
        at_ms=_AT_MS,
        format=FORMAT,
        hubsim="0.2.0",
        zone_rules="2025b",
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
    return f"### `{kind.__struct_config__.tag}`\n\n{cleandoc(kind.__doc__ or '')}\n{table}"


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
