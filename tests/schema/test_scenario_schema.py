"""The JSON Schema accepts every file that the reader accepts, and marks mistakes that a schema can find."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from schema_check import schema_errors

from hubsim_contract.clock import LAST_YEAR
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.pages.reference_prose import EVENTS as EVENTS_PROSE
from hubsim_scenarios.pages.reference_prose import EXAMPLE
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.trace_events import KINDS
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_scenarios.schema.schema import scenario_schema

HEAD = """\
scenario: A small one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: NO, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  sims: {a1: ajax, b1: {kind: ordinary, condition: locked}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: a1, 2: empty}}
steps:
"""
GOOD = HEAD + "  - {clock: +1 s}\n"

MAY = "{as: ivan, do: resume, hub: villa, may_be_refused: not_active}"


@pytest.mark.parametrize("file", sorted(CATALOG.glob("*.yaml")), ids=lambda file: file.name[:3])
def test_every_file_of_the_catalog_is_valid(file: Path) -> None:
    assert schema_errors(file.read_text(encoding="utf-8")) == []


def test_the_example_of_the_reference_is_valid() -> None:
    assert schema_errors(EXAMPLE) == []


@pytest.mark.parametrize(
    ("year", "is_valid"),
    [(1969, False), (1970, True), (2100, True), (LAST_YEAR, True), (LAST_YEAR + 1, False)],
)
def test_the_schema_has_the_years_of_the_reader(year: int, is_valid: bool) -> None:
    text = GOOD.replace("2026-01-15", f"{year}-01-15")

    assert (schema_errors(text) == []) is is_valid
    assert isinstance(language().read("x.yaml", text), Scenario) is is_valid


@pytest.mark.parametrize(
    "step",
    [
        "{as: olga, do: create_company, name: 42, country: NO, called: second}",
        "{as: ivan, do: configure_hub, hub: villa, ping: 1 min}",
        "{as: ivan, do: activate, hub: villa, reseller: null, refused: not_permitted}",
        "{as: ivan, sees: hub_information, hub: villa, shows: {star: ON, ends_at_ms: {not: null}}}",
        "{as: ivan, sees: objects, shows: {objects: {count: 1, not: {empty: yes}}}}",
        "{bench: villa, do: insert_sim, slot: '1', sim: ajax, refused: slot_taken}",
        "{fault: delay, message: orders, by: 1 d 2 h}",
        "{clock: 2026-10-25 02:30 (second)}",
        "{clock: start of next month in America/New_York - 1 ms}",
        "{clock: +0 s}",
        "{expect: villa, battery_percent: {keep: full, at_least: 20, at_most: '100'}}",
        "{expect: villa, battery_percent: {about: 50, give_or_take: 5}, sims: {count: {more_than: 0}}}",
        "{expect: villa, app: {ends_at: {less_than: 2026-03-01 00:00}}}",
        "{as: ivan, sees: hub_information, hub: villa, shows: {ends_at_ms: 2026-03-01 00:00}}",
        "{order: [{event: refused_message, text: {regex: '^a', contains: b}, topic: {keep: topic}}]}",
        "{expect: villa, star: off, channels: {has: [ethernet]}, sims: {1: ok}, app: {tile: {not: none}}}",
        "{expect: a1, attached_hub: '@villa', ordered: null}",
        "{expect: mailbox, of: nobody@example.test, mails: []}",
        "{never: villa, tile: {not: none}, for: 12 min}",
        f"{{together: [{MAY}, {{bench: villa, do: restart}}], succeed: 1}}",
        f"{{together: [{MAY.replace('not_active', '[not_active]')}, {{bench: villa, do: restart}}]}}",
        "{expect: villa, tile: {one_of: [none, activated]}, soft: yes}",
        "{order: [{event: fact, hub: '@villa'}, {message: {hardware: {active_sim: 1}}}], since: last step}",
    ],
)
def test_a_step_that_the_reader_accepts_is_valid(step: str) -> None:
    file = f"{HEAD}  - {step}\n"

    assert isinstance(language().read("x.yaml", file), Scenario)
    assert schema_errors(file) == []


@pytest.mark.parametrize(
    "step",
    [
        "{together: [{bench: villa, do: restart}]}",
        "{together: [{bench: villa, do: restart}, {clock: +1 s}]}",
        "{together: [{bench: villa, do: restart}, {bench: villa, do: restat}]}",
        "{as: ivan, do: activate, hub: villa, may_be_refused: not_active}",
        "{expect: villa, tile: {one_of: [none]}}",
        "{expect: villa, tile: {one_of: [none, actived]}}",
        "{expect: villa, tyle: activated}",
        "{expect: villa, tile: actived}",
        "{expect: villa, app: {stra: on}}",
        "{expect: villa}",
        "{expect: villa, within: 3 s}",
        "{expect: villa, star: onn}",
        "{expect: villa, star: on, within: 90}",
        "{expect: villa, star: {nott: on}}",
        "{expect: villa, star: {has: [on]}}",
        "{expect: mailbox, mails: []}",
        "{expect: mailbx, of: ivan}",
        "{expect: }",
        "{never: villa, star: on}",
        "{as: ivan, do: activat, hub: villa}",
        "{as: ivan, do: activate, hbu: villa}",
        "{as: ivan, do: activate}",
        "{as: ivan, do: activate, hub: [villa]}",
        "{as: ivan, do: activate, hub: villa, refused: not_permited}",
        "{as: ivan, do: activate, hub: villa, screen: x}",
        "{as: ivan, do: switch_account, app: pro_ap}",
        "{as: ivan, do: switch_account, called: z}",
        "{as: ivan, doo: activate, hub: villa}",
        "{as: ivan}",
        "{as: ivan, do: activate, hub: villa, sees: mailbox}",
        "{as: ivan, sees: device_lst}",
        "{as: ivan, sees: navigation, shows: {tabz: []}}",
        "{as: ivan, sees: your_resellers, shows: {}, refused: not_permitted}",
        "{as: olga, do: create_company, name: , country: PL}",
        "{as: olga, do: create_company, name: x, country: PL, called: Zoo}",
        "{as: olga, do: create_company, name: x, country: PL, called: z, refused: not_permitted}",
        "{as: ivan, do: configure_hub, hub: villa, ping: 30}",
        "{as: ivan, do: configure_hub, hub: villa, ping: 30 sec}",
        "{bench: villa, do: insert_simm, slot: 1}",
        "{bench: villa, do: insert_sim, slot: one, sim: a1}",
        "{fault: dropp}",
        "{fault: drop, message: desird}",
        "{clock: start of nxt month}",
        "{clock: 3 d}",
        "{order: [{event: fact}], since: lst step}",
        "{order: []}",
        "{order: [{has: [x]}]}",
        "{clok: +3 d}",
        "{}",
        "{as: ivan, clock: +3 d}",
        "wait",
        "{expect: villa, tile: {at_least: 3}}",
        "{expect: villa, tile: {regex: act}}",
        "{expect: villa, battery_percent: {about: 50}}",
        "{expect: villa, battery_percent: {give_or_take: 50}}",
        "{expect: villa, channels: {keep: them}}",
        "{expect: villa, battery_percent: {keep: Full}}",
    ],
)
def test_a_mistake_in_a_step_is_marked_by_reader_and_schema(step: str) -> None:
    file = f"{HEAD}  - {step}\n"

    assert not isinstance(language().read("x.yaml", file), Scenario)
    assert schema_errors(file) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scenario: A small one\n", ""),
        ("scenario:", "scenari:"),
        (" Europe/Warsaw", ""),
        ("2026-01-15", "2026-13-15"),
        ("[olga, ivan, rita]", "olga"),
        ("[olga, ivan, rita]", "[olga, ivan, rita, olga]"),
        ("[olga, ivan, rita]", "[olga, ivan, rita, Bob]"),
        ("[olga, ivan, rita]", "[olga, ivan, rita, ajax]"),
        ("[olga, ivan, rita]", "[olga, ivan, rita, mailbox]"),
        ("owner: olga, ", ""),
        ("{ivan: installer}", "{ivan: instaler}"),
        ("wolf: approved", "wolf: aproved"),
        ("a1: ajax", "a1: ajaxx"),
        ("hub-2-plus", "hub-2-plux"),
        ("1: a1", "0: a1"),
        ("object: house, ", ""),
        ("company: wolf, ", ""),
        ("  sims:", "  simms:"),
        ("steps:", "covers: [A1, S44]\nsteps:"),
        ("steps:", "settings: {carier: {}}\nsteps:"),
        ("steps:", "settings: {carrier: {networks: 9}}\nsteps:"),
        ("steps:", "matrix: {villa.model: hub-2}\nsteps:"),
        ("steps:", "matrix: {villa.model: [hub, hub]}\nsteps:"),
        ("steps:", "matrix: {villa.object: [house]}\nsteps:"),
        ("steps:", "matrix: {modl: [hub]}\nsteps:"),
        ("steps:", "matrix: {links: [ethernet]}\nsteps:"),
        ("steps:", "matrix: {carrier.networks: [1, 9]}\nsteps:"),
        ("steps:", "matrix: {carrier.network: [1]}\nsteps:"),
        ("steps:", "matrix: {}\nsteps:"),
        ("steps:", "begin: A-dealer\nsteps:"),
        ("steps:", "begin: []\nsteps:"),
        ("steps:", "begin:\nsteps:"),
        ("  - {clock: +1 s}\n", "  []\n"),
        ("  - {clock: +1 s}\n", "  soon\n"),
        ("steps:\n  - {clock: +1 s}\n", ""),
    ],
)
def test_a_mistake_in_the_head_is_marked_by_reader_and_schema(old: str, new: str) -> None:
    assert schema_errors(GOOD) == []
    file = GOOD.replace(old, new)

    assert not isinstance(language().read("x.yaml", file), Scenario)
    assert schema_errors(file) != []


@pytest.mark.parametrize(
    "axis",
    [
        "model: [hub-2, hub-2-plus]",
        "villa.signal: [weak, strong]",
        "links: [[], [ethernet], [wifi, ethernet]]",
        "slots: [{1: ajax}, {2: ordinary}]",
        "carrier.cut_delay_ms: [0 s, 2 h], carrier.roaming: [on, off]",
        "wolf.country: [PL, NO], wolf.dealer: [yes]",
        "a1.kind: [ajax, ordinary], b1.condition: [locked]",
        "ivan.email: [null, ivan@example.test]",
        "northwatch.listed: [on, no]",
    ],
)
def test_an_axis_that_the_reader_accepts_is_valid(axis: str) -> None:
    file = GOOD.replace("steps:", f"matrix: {{{axis}}}\nsteps:").replace("{1: a1, 2: empty}", "{}")

    assert language().cases("x.yaml", file).mistakes == ()
    assert schema_errors(file) == []


def test_a_beginning_is_valid() -> None:
    assert schema_errors(GOOD.replace("steps:", "begin: a-dealer\nsteps:")) == []
    assert schema_errors(GOOD.replace("steps:", "begin: [a-dealer, 002]\nsteps:")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("scenario:", "about: Why\nscenario:"),
        ("steps:\n  - {clock: +1 s}\n", ""),
        ("{owner: olga", "{owner: from-another-fragment"),
    ],
)
def test_a_fragment_is_valid(old: str, new: str) -> None:
    file = fragment(GOOD.replace(old, new))

    assert language().fragments.alone("x.yaml", file).mistakes == ()
    assert schema_errors(file) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scenario: A small one\n", "fragmnt: A small one\n"),
        ("steps:", "covers: [A1]\nsteps:"),
        ("steps:", "begin: a-dealer\nsteps:"),
        ("steps:", "clock: 2026-01-15 09:00 UTC\nsteps:"),
        ("hub-2-plus", "hub-2-plux"),
        ("{clock: +1 s}", "{clock: soon}"),
        ("  - {clock: +1 s}\n", "  []\n"),
    ],
)
def test_a_mistake_in_a_fragment_is_marked_by_reader_and_schema(old: str, new: str) -> None:
    file = fragment(GOOD).replace(old.replace("scenario", "fragment"), new)

    assert file != fragment(GOOD)
    assert language().fragments.alone("x.yaml", file).mistakes != ()
    assert schema_errors(file) != []


def test_one_mistake_in_a_step_is_one_error() -> None:
    (error,) = schema_errors(HEAD + "  - {as: ivan, do: activat, hub: villa}\n")

    assert error.startswith("steps.0.do: ")


def test_every_suggested_word_has_a_text() -> None:
    schema = msgspec.json.decode(scenario_schema())
    proposed = {word: about for piece in pieces(schema) for word, about in explained(piece)}
    words = vocabulary()

    wanted = {*words.commands, *words.queries, *words.bench_actions, *words.faults, *words.clauses}

    assert wanted <= proposed.keys()
    assert all(proposed[word] for word in wanted)


def test_every_field_of_a_step_has_a_text() -> None:
    schema = msgspec.json.decode(scenario_schema())

    for name in (*vocabulary().commands, "expect_thing", "expect_mailbox", "the_hub", "the_person"):
        fields = schema["definitions"][name]["properties"]
        assert all(field.get("description") for field in fields.values()), name


def test_the_suggested_events_are_those_of_the_reference() -> None:
    listed = re.findall(r"^\| `(\w+)` \| ", EVENTS_PROSE, re.MULTILINE)

    assert list(KINDS) == listed


def test_the_schema_does_not_vary() -> None:
    assert scenario_schema() == scenario_schema()


def fragment(scenario: str) -> str:
    """Return the world and the steps of a scenario as a fragment."""
    return re.sub(r"^clock:.*\n", "", scenario, flags=re.MULTILINE).replace("scenario:", "fragment:")


def pieces(schema: Any) -> list[dict[str, Any]]:
    """Return every mapping in the schema."""
    if isinstance(schema, list):
        return [piece for item in schema for piece in pieces(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(piece for item in schema.values() for piece in pieces(item))]


def explained(piece: dict[str, Any]) -> list[tuple[str, str]]:
    about = piece.get("enumDescriptions", [])
    return list(zip(map(str, piece["enum"]), about, strict=True)) if about else []
