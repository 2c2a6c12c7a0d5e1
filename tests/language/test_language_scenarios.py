"""Reading of files without mistakes, from text to typed steps."""

from small_world import HEAD, read, scenario, step, steps

from hubsim_cloud.domain.types import App, EmployeeRole
from hubsim_contract.lab.bench_actions import CardCondition, CardKind
from hubsim_contract.wire.messages import Signal
from hubsim_scenarios.language.comparisons import Amount, Comparator
from hubsim_scenarios.language.instants import instant
from hubsim_scenarios.language.moves import MonthEdge, MoveToMonth
from hubsim_scenarios.language.patterns import Exactly, Matching, NamedPattern, TextPattern
from hubsim_scenarios.language.steps import (
    BenchStep,
    ClockStep,
    Expect,
    ExpectOrder,
    InjectFault,
    Never,
    PersonSees,
    PersonStep,
    Scenario,
    Since,
)
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef, FreshCard

FRONT_DOOR = AliasRef(AliasKind.HUB, "front-door")
WOLF = AliasRef(AliasKind.COMPANY, "wolf")


def test_the_head_of_a_file_has_title_clock_clauses_and_settings() -> None:
    found = scenario(
        "scenario: 'Month end: a story'\n"
        "about: |\n  Two lines\n  of prose.\n"
        "covers: [A1, S4]\n"
        "tags: [month-end, 02-01]\n"
        "clock: 2026-01-15 09:00 Europe/Warsaw\n"
        "settings: {carrier: {activation: 12 min, reject: permanent}}\n"
        "steps:\n  - {clock: +1 s}\n"
    )

    assert found.title == "Month end: a story"
    assert found.about == "Two lines\nof prose.\n"
    assert found.covers == ("A1", "S4")
    assert found.tags == ("month-end", "02-01")
    assert found.clock_ms == instant("2026-01-15 09:00 Europe/Warsaw").ms
    assert found.zone == "Europe/Warsaw"
    assert found.settings == {"carrier": {"activation_ms": 720_000, "reject": "permanent"}}


def test_the_world_declares_people_companies_resellers_cards_and_hubs() -> None:
    world = scenario(HEAD + "  - {clock: +1 s}\n").world

    ivan, olga = AliasRef(AliasKind.PERSON, "ivan"), AliasRef(AliasKind.PERSON, "olga")
    assert list(world.people) == ["olga", "ivan", "rita"]
    assert world.companies["wolf"].owner == olga
    assert world.companies["wolf"].dealer
    assert world.companies["wolf"].employees == {ivan: EmployeeRole.INSTALLER}
    assert world.resellers["northwatch"].country == "NO"
    assert world.resellers["northwatch"].dealers == {WOLF: "approved"}
    assert world.sims["a1"].kind is CardKind.AJAX
    hub = world.hubs["front-door"]
    assert hub.object == AliasRef(AliasKind.OBJECT, "villa")
    assert hub.slots == {1: AliasRef(AliasKind.SIM, "a1"), 2: None}
    assert (hub.links, hub.signal, hub.power) == (("ethernet",), Signal.STRONG, True)


def test_the_world_lists_every_declared_name_once_including_objects() -> None:
    two_hubs_in_one_object = HEAD.replace(
        "hubs:\n", "hubs:\n    back-door: {model: hub-4g, company: wolf, object: villa}\n"
    )

    found = scenario(two_hubs_in_one_object + "  - {clock: +1 s}\n")

    names = [alias.name for alias in found.world.aliases()]
    assert names == [
        "olga",
        "ivan",
        "rita",
        "wolf",
        "northwatch",
        "a1",
        "o1",
        "back-door",
        "front-door",
        "villa",
    ]


def test_people_cards_and_slots_have_long_forms_and_short_ones() -> None:
    found = scenario(
        "scenario: x\nclock: 2026-01-15 09:00 UTC\n"
        "world:\n"
        "  people: {olga: {}, ivan: {email: ivan@x.test}, bob: {account: no}, eve: }\n"
        "  sims: {broken1: {kind: ajax, condition: broken}}\n"
        "  hubs: {h: {model: hub-4g, slots: {1: ordinary, 2: broken1}, signal: weak}}\n"
        "steps:\n  - {clock: +1 s}\n"
    )

    assert found.world.people["ivan"].email == "ivan@x.test"
    assert [person.account for person in found.world.people.values()] == [True, True, False, True]
    assert found.world.sims["broken1"].condition is CardCondition.BROKEN
    assert found.world.hubs["h"].slots == {
        1: FreshCard(CardKind.ORDINARY),
        2: AliasRef(AliasKind.SIM, "broken1"),
    }


def test_a_person_acts() -> None:
    found = step(
        "{as: ivan, do: activate, hub: front-door, app: pro_app, screen: services_activated, note: Now}"
    )

    assert isinstance(found, PersonStep)
    assert (found.person, found.action, found.app) == ("ivan", "activate", App.PRO_APP)
    assert found.fields == {"hub": FRONT_DOOR}
    assert (found.screen, found.refused, found.note) == ("services_activated", None, "Now")


def test_a_step_can_expect_a_refusal() -> None:
    found = step("{as: ivan, do: activate, hub: front-door, reseller: northwatch, refused: already_active}")

    assert isinstance(found, PersonStep)
    assert found.app is App.PRO_DESKTOP
    assert found.refused == "already_active"
    assert found.fields["reseller"] == AliasRef(AliasKind.RESELLER, "northwatch")


def test_fields_are_read_by_their_types_and_not_by_the_form_of_the_text() -> None:
    norway, hub = steps(
        "{as: olga, do: create_company, name: 12, country: NO}",
        "{as: olga, do: configure_hub, hub: front-door, ping: 1 min, bell: off, volume: 10}",
    )

    assert isinstance(norway, PersonStep)
    assert isinstance(hub, PersonStep)
    assert norway.fields == {"name": "12", "country": "NO"}
    assert hub.fields == {"hub": FRONT_DOOR, "ping_s": 60, "bell": False, "volume": 10}


def test_a_step_can_name_the_created_thing_for_later_steps() -> None:
    made, switched = steps(
        "{as: olga, do: create_company, name: Second, country: PL, called: second}",
        "{as: olga, do: switch_account, company: second}",
    )

    second = AliasRef(AliasKind.COMPANY, "second")
    assert isinstance(made, PersonStep)
    assert isinstance(switched, PersonStep)
    assert made.called == second
    assert "called" not in made.fields
    assert switched.fields == {"company": second}


def test_an_optional_field_can_be_null() -> None:
    found = step("{as: olga, do: switch_account, company: null}")

    assert isinstance(found, PersonStep)
    assert found.fields == {"company": None}


def test_a_person_opens_a_view() -> None:
    found = step(
        "{as: ivan, sees: device_list, object: villa, shows: {hub: '@front-door', star: on, id: '5'}}"
    )

    assert isinstance(found, PersonSees)
    assert found.fields == {"object": AliasRef(AliasKind.OBJECT, "villa")}
    assert found.shows == Matching(
        {"hub": NamedPattern("front-door"), "star": TextPattern("on"), "id": Exactly("5")}
    )


def test_a_bench_action_inserts_a_named_card_or_a_new_one() -> None:
    named, fresh = steps(
        "{bench: front-door, do: insert_sim, slot: 2, sim: o1}",
        "{bench: front-door, do: insert_sim, slot: 2, sim: ajax}",
    )

    assert isinstance(named, BenchStep)
    assert isinstance(fresh, BenchStep)
    assert (named.hub, named.action) == ("front-door", "insert_sim")
    assert named.fields == {"slot": 2, "card": AliasRef(AliasKind.SIM, "o1")}
    assert fresh.fields == {"slot": 2, "card": FreshCard(CardKind.AJAX)}


def test_a_fault_takes_the_fields_of_its_struct() -> None:
    found = step("{fault: delay, by: 1 min 30 s, hubs: [front-door]}")

    assert isinstance(found, InjectFault)
    assert found.fault == "delay"
    assert found.fields == {"by_ms": 90_000, "hubs": (FRONT_DOOR,)}


def test_the_clock_moves() -> None:
    found = step("{clock: start of next month - 1 ms}")

    assert isinstance(found, ClockStep)
    assert found.move == MoveToMonth(MonthEdge.START_OF_NEXT, -1)


def test_an_expectation_takes_typed_fields_and_groups_of_them() -> None:
    found = step(
        "{expect: front-door, tile: activated, ends_at: 2026-02-01 00:00, active_sim: null, company: '@wolf',"
        " app: {star: on}, within: 90 s}"
    )

    assert isinstance(found, Expect)
    assert found.subject == FRONT_DOOR
    assert found.within_ms == 90_000
    assert found.fields == {
        "tile": Exactly("activated"),
        "ends_at_ms": Amount(
            Comparator.EXACTLY,
            instant("2026-02-01 00:00 Europe/Warsaw").ms,
            "2026-02-01 00:00 Europe/Warsaw",
            "Europe/Warsaw",
        ),
        "active_sim": Exactly(None),
        "company": NamedPattern("wolf"),
        "app": Matching({"star": Exactly(value=True)}),
    }


def test_an_expectation_without_a_time_must_match_immediately() -> None:
    found = step("{expect: a1, profile: active}")

    assert isinstance(found, Expect)
    assert found.subject == AliasRef(AliasKind.SIM, "a1")
    assert found.within_ms == 0


def test_a_subject_that_is_not_a_declared_thing_is_selected_by_its_fields() -> None:
    ivan, bob = steps(
        "{expect: mailbox, of: ivan, mails: [hello]}",
        "{expect: mailbox, of: bob@x.test, mails: {empty: yes}}",
    )

    assert isinstance(ivan, Expect)
    assert isinstance(bob, Expect)
    assert ivan.subject == "mailbox"
    assert ivan.selected == {"of": AliasRef(AliasKind.PERSON, "ivan")}
    assert bob.selected == {"of": "bob@x.test"}
    assert list(bob.fields) == ["mails"]


def test_a_never_step_has_a_time() -> None:
    found = step("{never: front-door, star: off, for: 2 h}")

    assert isinstance(found, Never)
    assert found.for_ms == 7_200_000
    assert found.fields == {"star": Exactly(value=False)}


def test_an_order_step_has_events_and_a_start() -> None:
    found = step("{order: [{kind: order_sent, sim: '@a1'}, {kind: executed}], since: last step}")

    assert isinstance(found, ExpectOrder)
    assert found.since is Since.LAST_STEP
    assert found.events[0] == Matching({"kind": TextPattern("order_sent"), "sim": NamedPattern("a1")})


def test_a_step_in_any_form_has_its_place_and_its_text() -> None:
    found = scenario(
        HEAD + "  - {clock: +1 s}   # a comment\n"
        "\n"
        "  # about the next one\n"
        "  - as: ivan\n"
        "    do: activate\n"
        "    hub: front-door\n"
        "\n"
        "  # the end\n"
    )

    first, second = found.steps
    assert first.source == "{clock: +1 s}"
    assert first.place == (HEAD.count("\n") + 1, 5)
    assert second.source == "as: ivan\ndo: activate\nhub: front-door"
    assert second.place == (HEAD.count("\n") + 4, 5)


def test_a_byte_order_mark_and_windows_line_ends_do_not_change_the_result() -> None:
    text = HEAD + "  - {clock: +1 s}\n"

    assert read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == read(text)
    assert isinstance(read(text), Scenario)
