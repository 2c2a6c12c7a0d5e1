"""What the reference says about the language itself, which no table can. The example is played by a test."""

OPENING = """\
# The scenario language

A scenario is one YAML file: a world, then steps. It can begin with [fragments](#shared-beginnings) that
several files share, and be played with several values by a [matrix](#matrix). There are no variables, no
templates, no anchors, aliases, tags or merge keys. A word is read by the type that is expected where it
stands, so `country: NO` is Norway and `star: on` is true. `on`/`off`, `yes`/`no` and `true`/`false` are the
same. Text that contains `: ` or ` #`, or begins with `@` or another sign of YAML, wants quotes.

Every name that is used must be declared: in the world, or by `called:` in an earlier step. Names are
small letters, digits, `-` and `_`, begin with a letter, and are unique over all kinds of things. Behind
`appoint_reseller` the name of a company stands for a Reseller, too. A mistake in a file is told with
line, column and the word probably meant, and nothing is played.

## An example

It has every kind of step. Each of them is described below, and with each word stands a step that uses it. All
examples are played by the tests."""

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
  - {as: ines, app: pro_app, do: schedule_deactivation, hub: hall}
  - as: ines
    sees: hub_information
    hub: hall
    shows: {star: on, ends_at_ms: {not: null}, sims: {has: [{slot: 2, iccid: '@card'}]}}
  - {bench: hall, do: unplug, link: wifi}
  - {expect: hall, online: yes, shows: {connected_by: cellular}, carrier: {profile: active}}
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

The world is built at the scenario's `clock`, through the same doors that people use: people sign up,
companies are registered, connections come about, hubs are switched on. Nothing of it takes time. The
owner of a company, and everybody employed, acts for that company from the first step on."""

FRAGMENTS = """\
## Shared beginnings

`begin: a-dealer` lets a scenario begin with the world and the steps of the file `fragments/a-dealer.yaml`,
in the folder of the scenario or in one above it; the nearest counts. `begin: [a-dealer, a-hub]` takes
several, in this order.

```yml
fragment: A Dealer with an approved Reseller
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
```

- What a fragment declares can be named in the scenario, and in the fragments behind it.
- Nothing is overridden: a name declared twice is a mistake, told with both places.
- The world stands before the first step; then come the steps of the fragments, then the scenario's.
- Clock, zone, settings and matrix are the scenario's alone.
- Files in `fragments` are not played by themselves. `hubsim fmt` lays them out, `hubsim validate` checks
  them; a name that one borrows from another before it is checked with the scenarios that begin with both."""

MATRIX = """\
## Matrix

`matrix:` maps places to the values they take. The scenario is played once for each combination; each is a
case, with a verdict of its own and `[model=hub-2, signal=weak, carrier.cut_delay_ms=0 s]` behind its
sentence. Values that are lists are written there as `ethernet+wifi`, empty ones as `none`.

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

What a value may be is said where the field is described. The world is written in full, without the matrix in
mind; the values take the place of what stands there. A field that other names rest on (`company`, `object`,
`owner`) cannot be filled. `--case model=hub-2` plays the cases with this value alone."""

STEPS = """\
## Steps

Each step has exactly one of the keys `as`, `bench`, `fault`, `clock`, `expect`, `never`, `order`, and
may have a `note`, which is shown as a caption. Further fields depend on the action, view, hand, fault
or subject.

Everything that a step sets off at its instant has happened before the next step. Time passes only in
`clock` steps, while `expect` waits `within`, and while `never` watches. The first step that does not
hold ends the play: FAIL; one that cannot be played at all: BLOCKED.

- In the fields of actions, views, hands and faults, names stand bare: `hub: hall`. In patterns they want
  the sign `@` and quotes, wherever an id is compared: `dealer: '@segura'`.
- A person acts for the account that was picked last (`switch_account`); who registers a company acts for it.
- With `refused` the step holds if, and only if, it is refused under that name. Without it, any refusal is
  a failure.
- `within` is how long it may take: the clock moves from one thing that is due to the next until
  everything named is so at one instant, and stays there. Without it everything must be so now.
- `never` fails when everything it names is so at one instant. It always takes all of its time.
- `order` looks back at what was traced since the `start`, or since the `last step` began: these events
  must stand there in this order, with others between them or not."""

VIEWS = """\
## Views (`sees`)

Fields that are `text` and named after a kind of thing (`hub`, `company`, `dealer`, `person`, ...) are ids, to
be compared with `'@name'`."""

EVENTS = """\
## Events

What `order` looks through, and `--trace` writes. Every event has `event`, `at_ms`, and `who`: a person's
name, the id of a hub, `cloud`, `carrier` or `bench`.

| event | further fields | |
|---|---|---|
| `act` | `do` | A person wishes something. |
| `bench` | `do` | Hands lie on the hub. |
| `answered` | `do`, `refused` | The answer to a wish, `null` when granted; of hands only a refusal. |
| `fault` | `fault` | Something goes wrong. |
| `published` | `topic`, `payload`, `message` | A station publishes; `message` is the payload as a mapping. |
| `interfered` | `topic`, `arrives` | A fault struck a message, of which so many arrive now. |
| `connection_lost` | | A station hears that its connection is dead. |
| `refused_message` | `topic`, `rule`, `text` | The cloud refuses a message (see [contract](contract.md)). |
| `fact` | `fact` and its fields | The cloud has something on record; see the facts below. |

## Facts

All have `at_ms` and `by`, the id of the person, or empty."""

PATTERNS = """\
## Patterns

What is expected is written as a pattern. In the fields of a subject, and under `shows:` of a view, names
and words are checked when the file is read; under `order:` any field can be named, and a wrong name is a
mismatch.

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

ICONS = """\
## Icons

The icon row, from left to right. Of the whole row name what matters: `icons: {has: [star]}`.

- `cellular_off`, or generation and signal of the network: `4g_strong`
- `sim_not_installed` or `sim_defective_or_pin`; neither while one card is healthy
- `battery_100`, in steps of 5
- `malfunction`
- `lid_open`
- `mains` or `no_mains`
- `star`"""

MODELS = "What each of them has (SIM slots, links, generations) stands in [Hub models](models.md)."
