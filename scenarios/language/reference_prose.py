"""What the reference says about the language itself, which no table can."""

OPENING = """\
# The scenario language

A scenario is one YAML file: a world, then steps. There are no variables, no templates, no anchors,
aliases, tags or merge keys. A word is read by the type that is expected where it stands, so
`country: NO` is Norway and `star: on` is true. `on`/`off`, `yes`/`no` and `true`/`false` are the same.

Every name that is used must be declared: in the world, or by `called:` in an earlier step. Names are
small letters, digits, `-` and `_`, and are unique over all kinds of things.

## Shape of a file"""

STEPS = """\
## Steps

Each step has exactly one of the keys `as`, `bench`, `fault`, `clock`, `expect`, `never`, `order`, and
may have a `note`, which is shown as a caption. Further fields depend on the action, view, hand, fault
or subject."""

PATTERNS = """\
## Patterns

What is expected is written as a pattern. In the fields of a subject the words are checked when the
file is read; under `shows:` and `order:` any field can be named, and a wrong name is a mismatch.

| pattern | matches |
|---|---|
| a word | that value; a word in quotes matches text only |
| `null` | nothing |
| `'@wolf'` | the id of the thing declared as `wolf`; YAML wants the quotes |
| `{a: 1, b: 2}` | a mapping with at least these fields |
| `[x, y]` | a list of exactly these items, in this order unless the field says "in any order" |
| `{has: [x, y]}` | a list in which each of these matches some item |
| `{count: 3}` | a list or mapping of so many items |
| `{not: x}` | anything that does not match `x` |
| `{empty: yes}` | nothing, or a list, mapping or text without content; `{empty: no}` the opposite |

Pattern words may stand together (`{has: [x], count: 2}`: all must hold), but not beside field names. A
field that is named and not there is a mismatch, also under `not`."""

DURATIONS = """\
## Durations

Whole numbers with units, larger units first: `500 ms`, `90 s`, `12 min`, `2 h`, `3 d`, `1 d 2 h`. A day
is 24 hours. All times are times of the world clock."""

INSTANTS = """\
## Instants

`2026-01-15 09:00 Europe/Warsaw`, with seconds (`09:00:30`) and milliseconds (`09:00:30.250`) if wanted.
Only the scenario's own `clock` must name a zone; elsewhere its zone counts. A local time that the clocks
skip is a mistake. One that comes twice is the first of the two, unless `(second)` stands behind it."""

MOVES = """\
## Clock moves

The world clock only goes forward; what falls due on the way happens at its own time. `start of next
month` is the first instant of the 1st, `end of month` the last millisecond of the month. Both take a
zone (`start of next month in America/New_York`; without one the scenario's zone counts) and an offset
(`start of next month - 1 ms`, `end of month + 2 h`). Forms:"""
