"""The prose of the reference, which tables do not contain. A test plays the example."""

OPENING = """\
# The scenario language

A scenario is one YAML file: a world, then steps. It can begin with [fragments](#shared-beginnings) that
several files share, and a [matrix](#matrix) can play it with several values. The language has no variables,
templates, anchors, aliases, tags or merge keys. The expected type determines how a word is read, so
`country: NO` is Norway and `star: on` is true. `on`/`off`, `yes`/`no` and `true`/`false` are the same. Put
text in quotes if it contains `: ` or ` #`, or begins with `@` or another special character of YAML.

Declare every name: in the world, or with `called:` in an earlier step. Names consist of small letters,
digits, `-` and `_`, begin with a letter, and are unique across all kinds of things. After `appoint_reseller`
the name of a company is also the name of a Reseller. The message about a mistake has the line, the column and
the word probably meant. A file with mistakes is not played.

## An example

The example has every kind of step. The sections below describe each kind, and show an example for each word.
The tests play all examples."""

EXAMPLE = """\
scenario: A customer in Madrid leaves over the new year
about: The services run to the end of the year, although an order gets lost.
covers: [S1, S3, S4]
tags: [example]
clock: 2026-12-30 18:00 Europe/Madrid
settings:
  carrier: {activation_delay_ms: 2 min}
  cloud: {order_retry: 30 s}
world:
  people: [ana, ines, rob]
  companies:
    segura: {owner: ana, country: ES, dealer: yes, employees: {ines: installer}}
  resellers:
    vigia: {owner: rob, country: ES, dealers: {segura: approved}}
  sims: {card: ajax}
  hubs:
    hall: {model: hub-2-plus, company: segura, object: flat, links: [wifi], slots: {2: card}}
steps:
  - {as: ines, do: create_object, name: Garage, called: garage, note: Captions make a story of it}
  - {as: ines, do: stop_now, hub: hall, refused: not_active}
  - {fault: drop, message: orders, hub: hall}
  - {as: ines, do: activate, hub: hall, screen: device_list}
  - {expect: hall, tile: activated, channels: [wifi, cellular], led: white, within: 20 min}
  - {expect: card, profile: active, attached_hub: '@hall'}
  - together:
      - {as: ines, app: pro_app, do: schedule_deactivation, hub: hall, may_be_refused: already_expiring}
      - {as: ana, do: schedule_deactivation, hub: hall, may_be_refused: already_expiring}
    succeed: 1
  - as: ines
    sees: hub_information
    hub: hall
    shows: {star: on, ends_at_ms: {not: null}, sims: {has: [{slot: 2, iccid: '@card'}]}}
  - {bench: hall, do: unplug, link: wifi}
  - {expect: hall, online: yes, shows: {connected_by: cellular}, carrier: {profile: active}, soft: yes}
  - {never: hall, star: off, for: 1 d}
  - {clock: start of next month}
  - {expect: hall, app: {tile: activation_required, star: off}, led: red, registration: denied, sim_card: ok}
  - {as: rob, sees: payment_history, shows: {invoices: [{dealer: '@segura', month: 2026-12}]}}
  - {expect: mailbox, of: ana, mails: {has: [{kind: connection_approved}]}}
  - order:
      - {event: published, who: '@hall', message: {service: active}}
      - {event: fact, fact: service_ended, hub: '@hall'}
"""

WORLD = """\
## World

The world is built at the scenario's `clock`, with the same API that people use: people sign up, companies are
registered, connections are approved, hubs are switched on. This takes no time. The owner and the employees of
a company act for that company from the first step."""

FRAGMENTS = """\
## Shared beginnings

With `begin: a-dealer` a scenario begins with the world and the steps of the file `fragments/a-dealer.yaml` in
the folder of the scenario or a folder above it; the nearest file is used. `begin: [a-dealer, a-hub]` uses
several fragments, in this order.

```yml
fragment: A Dealer with an approved Reseller
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
```

- The scenario and later fragments can use the names that a fragment declares.
- A scenario cannot override a fragment: a name declared twice is a mistake, and its message has both places.
- The world is complete before the first step. The steps of the fragments come first, then those of the
  scenario.
- The steps of a fragment cannot use the parameters of the scenario.
- Only the scenario has a clock, a zone, settings and a matrix.
- Files in `fragments` are not played alone. `hubsim fmt` formats them, `hubsim validate` checks them. A name
  that a fragment uses from an earlier fragment is checked with the scenarios that begin with both."""

MATRIX = """\
## Matrix

`matrix:` maps places to their values. The scenario is played once for each combination. Each combination is a
case with a separate verdict; its title ends with `[model=hub-2, signal=weak, carrier.cut_delay_ms=0 s]`. In
titles a list is written as `ethernet+wifi`, an empty list as `none`.

```yml
matrix:
  model: [hub-2, hub-2-plus]
  signal: [weak, strong]
  carrier.cut_delay_ms: [0 s, 2 h]
```

| place | fills |
|---|---|
| `model`, or another field of hubs | this field of every hub in the world |
| `villa.model` | a field of one declared thing |
| `carrier.cut_delay_ms` | a setting, by its group |

The description of a field lists its possible values. Write the world in full, as without a matrix; the values
of a case replace its fields. Fields on which other names depend (`company`, `object`, `owner`) cannot be
filled. `--case model=hub-2` plays only the cases with this value."""

TABLE = """\
## Table

`table:` lists cases that are not a product. Each row is a case. It fills the same places as a matrix. All
rows have the same keys. `case` names a row; the name stands for the values of the row in the title.

```yml
table:
  - {case: a cable, links: [ethernet], $led: green, $wait: 1 min}
  - {case: a cable and a SIM that is active, links: [ethernet], $led: white, $wait: 20 min}
steps:
  - {as: ivan, do: activate, hub: villa}
  - {expect: villa, led: $led, within: $wait}
```

If the scenario also has a matrix, each row is played with each combination of the matrix.
`--case case='a cable'` plays one row.

## Parameters

A key of a matrix or a table that begins with `$` is a parameter of the steps. `$wait` in a step stands for
the value of the case. It can be any value of a step: a duration, a name, an action, a refusal, or a whole
pattern. The steps are checked for each case, so a value that does not fit is a mistake at its place in the
table. A parameter is always a whole value, never a part of a text. A parameter that no step uses is a
mistake."""

STEPS = """\
## Steps

Each step has exactly one of the keys `as`, `bench`, `fault`, `together`, `clock`, `expect`, `never`, `order`,
and may have a `note`, which is shown as a caption. The other fields depend on the action, view, fault or
subject.

All effects of a step at its instant occur before the next step. Time passes only in `clock` steps, during the
`within` of an `expect`, and during the `for` of a `never`. The first step that fails ends the play with FAIL,
unless it is [soft](#soft-checks); a step that cannot be played ends it with BLOCKED.

- In the fields of actions, views and faults, write names without a sign: `hub: hall`. In patterns, where a
  name is compared with an id, write `@` before the name, in quotes: `dealer: '@segura'`.
- A person acts for the account chosen last (`switch_account`). A person who registers a company acts for it.
- With `refused` the step passes only if it is refused with that name. Without it, any refusal is a failure.
- `within` is a time limit: the clock moves from one due event to the next until all fields match at the same
  instant, and stops there. Without it all fields must match immediately.
- `never` fails if all its fields match at the same instant. It always takes its full time.
- `order` checks the trace since the `start`, or since the beginning of the `last step`: it must contain these
  events in this order, possibly with others between them."""

TOGETHER = """\
## Steps at the same time

The members of `together` happen at the same instant, in any order: two people press a button at once, while a
cable is pulled. Members are actions and views of people, bench actions and faults. The world becomes idle
after the last member, not between two of them.

- **The virtual world plays every order.** A scenario with a step of three members is played six times, each
  time from its beginning. Several `together` steps multiply; a scenario can have at most 120 orders. All
  later steps must pass in every order. Between two members some events of the instant may occur: how many is
  drawn from the seed, so `--repeat` tries more.
- **A live world sends the members at the same time**, each in its own request. It starts them in an order
  drawn from the seed. The machine decides which one the cloud or the hub handles first.
- A play in one order has it in its title (`[order 2-1-3]`) and is a case of its file. The command that
  repeats it selects it: `--case order=2-1-3`. With two `together` steps an order is `2-1-3/1-2`.
- All names are resolved before the first member happens. So no member can use a name that another one
  creates with `called`, and a person acts for the account that was chosen before the step.

Write which outcomes depend on the order:

- `refused: not_active` must occur in every order.
- `may_be_refused: not_active` (or a list) may occur, depending on the order. Any other refusal is a failure.
- `succeed: 1` on the step says how many of the members with `may_be_refused` must succeed in each order.
- `{one_of: [activated, expires_soon]}` in a later expectation accepts either result: see
  [Patterns](#patterns)."""

SOFT = """\
## Soft checks

A step with `soft: yes` that fails does not end the play. The play continues, and its verdict is FAIL at the
end. The reports have each failure with the state at its moment. `expect`, `never`, `order` and views can be
soft. `soft: yes` at the top level of a scenario makes all checks of its file soft. `--break-on fail` halts at
each failure. A failed step keeps no values. A later step that uses one cannot be played, so it ends the
play."""

VIEWS = """\
## Views (`sees`)

Fields of type `text` that are named after a kind of thing (`hub`, `company`, `dealer`, `person`, ...) are
ids. Compare them with `'@name'`."""

EVENTS = """\
## Events

The events that `order` checks and `--trace` writes. Every event has `event`, `at_ms`, and `who`: a person's
name, the id of a hub, `cloud`, `carrier` or `bench`.

| event | further fields | |
|---|---|---|
| `act` | `do` | A person performs an action or opens a view. |
| `bench` | `do` | A bench action on a hub. |
| `answered` | `do`, `refused` | The response to a person (`null` if granted), or a refusal of the bench. |
| `fault` | `fault` | A fault is injected. |
| `published` | `topic`, `payload`, `message` | A station publishes; `message` is the payload as a mapping. |
| `interfered` | `topic`, `arrives` | A fault affects a message; `arrives` is the number of copies sent on. |
| `connection_lost` | | A station learns that its connection is lost. |
| `refused_message` | `topic`, `rule`, `text` | The cloud refuses a message (see [contract](contract.md)). |
| `fact` | `fact` and its fields | The cloud records a fact; see the facts below. |

## Facts

All facts have `at_ms` and `by`, the id of the person, or empty."""

PATTERNS = """\
## Patterns

An expectation is a pattern. Its names and words are checked when the file is read: in the fields of a
subject, under `shows:` of a view, and in the events of `order:`. A value that a field never has is a mistake,
because `not` and `never` would always pass with it. A field with an id takes `'@name'`, not the plain name.

| pattern | matches |
|---|---|
| a word | that value; a word in quotes matches only text |
| `null` | no value; only for fields that can be `null` |
| `'@wolf'` | the id of the thing declared as `wolf`; YAML needs the quotes |
| `{a: 1, b: 2}` | a mapping with at least these fields |
| `[x, y]` | a list of exactly these items, in this order unless the type of the field is "in any order" |
| `{has: [x, y]}` | a list in which each of these matches at least one item |
| `{count: 3}` | a list or mapping of 3 items |
| `{not: x}` | any value that does not match `x` |
| `{one_of: [x, y]}` | a value that matches `x` or `y` |
| `{empty: yes}` | `null`, or a list, mapping or text without content; `{empty: no}` any other value |
| `{at_least: 20, at_most: 80}` | a number, duration or instant in this range, with both ends |
| `{more_than: 3}`, `{less_than: 3}` | a number, duration or instant outside this bound |
| `{about: 50, give_or_take: 5}` | a number, duration or instant that differs by at most the tolerance |
| `2026-03-01 00:00` | this instant, in the scenario's zone; in `shows:` also as milliseconds since 1970 UTC |
| `{about: 2026-03-01 00:00, give_or_take: 1 min}` | an instant near this one |
| `{regex: '^unreadable'}` | a text in which the regular expression is found |
| `{contains: SIM}` | a text that contains this text; upper and lower case differ |
| `{keep: before}` | any single value except `null`; see [Kept values](#kept-values) |
| `$before` | the kept value |

Pattern words can be combined (`{has: [x], count: 2}`: all must match), but not with field names. A named
field that is missing is a mismatch, also under `not`. `empty` is for lists, texts and fields that can be
`null`. `null` matches no comparison. Bounds compare numbers, durations and instants only, `regex` and
`contains` free text only; a field with a closed set of words takes the words. `count` also takes bounds:
`{count: {at_least: 2}}`.

Regular expressions have the syntax of [RE2](https://github.com/google/re2/wiki/Syntax). It has no lookarounds
and no back references. In return, no expression can take long. Write `^` and `$` to match the whole text, and
put an expression in quotes."""

KEPT_VALUES = """\
## Kept values

A step can keep a value that it sees, so that later steps can compare with it or use it:

```yml
steps:
  - {expect: villa, applied: {version: {keep: before}}}
  - as: ivan
    sees: hub_information
    hub: villa
    shows: {ends_at_ms: {keep: ends, at_least: 2026-02-01 00:00}}
  - {clock: $ends - 1 ms}
  - {expect: villa, applied: {version: {more_than: $before}}}
```

- `keep` is a pattern word. It can be at any single value under `expect`, `shows` and `order`, but not under
  `never` and `not`. Under `has` the first matching item counts.
- The step must pass. With `within`, the value is that of the instant at which all fields match.
- Each name is new. Only later steps can use it. A fragment can keep values for the scenario.
- `$name` can be a value in a pattern (also of a bound, `about` and `contains`), the value of a field of an
  action, view, fault or bench action, and a clock move: `$ends`, `$ends + 2 h`, `$ends - 1 ms`.
- The type is checked when the file is read: a number is not compared with an instant.
- Reports show what a step has kept. In a failure the value follows the name: `more than $before (14)`."""

DURATIONS = """\
## Durations

Whole numbers with units, larger units first: `500 ms`, `90 s`, `12 min`, `2 h`, `3 d`, `1 d 2 h`. A day is 24
hours. All times are times of the world clock."""

INSTANTS = """\
## Instants

`2026-01-15 09:00 Europe/Warsaw`, optionally with seconds (`09:00:30`) and milliseconds (`09:00:30.250`). Only
the scenario's `clock` must name a zone, which is the default elsewhere. A local time that the clocks skip is
a mistake. A local time that occurs twice is the first of the two, unless `(second)` follows it."""

MOVES = """\
## Clock moves

The world clock only moves forward; everything that is due on the way occurs at its time.
`start of next month` is the first instant of the 1st, `end of month` the last millisecond of the month. Both
accept a zone (`start of next month in America/New_York`; the default is the scenario's zone) and an offset
(`start of next month - 1 ms`, `end of month + 2 h`). Forms:"""

ICONS = """\
## Icons

The icon row, from left to right. To check only some icons, write `icons: {has: [star]}`.

- `cellular_off`, or the generation and signal of the network: `4g_strong`
- `sim_not_installed` or `sim_defective_or_pin`; neither if at least one card is healthy
- `battery_100`, in steps of 5
- `malfunction`
- `lid_open`
- `mains` or `no_mains`
- `star`"""

COUNTRIES = (
    "[Markets](market.md) lists the name and the billing zone of each country, and where the services are."
)
MODELS = "[Hub models](models.md) lists the SIM slots, links and generations of each model."
