"""What becomes of hubs, cards, hands, faults and the clock of a journal: steps, or remarks at their place."""

import pytest
from drafted import (
    AJAX,
    HUB,
    JANUARY_MS,
    OTHER,
    draft,
    founded,
    laid,
    lines,
    put,
    signed_up,
    switched,
    wished,
    world_of,
)

from hubsim_cloud.domain.commands import AddHub, CreateObject
from hubsim_cloud.lab.journal import AnyEntry, ClockSet, FaultInjected, HubPut, Restored
from hubsim_contract.lab.bench_actions import (
    Card,
    CardCondition,
    CardKind,
    InsertSim,
    PowerOff,
    RemoveSim,
    SetLid,
)
from hubsim_contract.lab.faults import Delay, Inject
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.hardware.cards import make_card

MINUTE_MS = 60_000
COMPANY = (signed_up(), founded(), switched())
ADDED = wished(AddHub(object="object-1", hub=OTHER, model="hub-2-plus"))


def test_a_hub_that_is_put_there_first_stands_in_the_world() -> None:
    made = draft()

    said = lines(put(HUB, AJAX, coverage=False), *COMPANY, of=made)

    assert said[0].startswith("{as: olga, do: sign_up")
    hub = "hub-0a1b2c3d: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}, coverage: off}"
    assert hub in world_of(made)


def test_a_hub_that_comes_before_anything_could_tell_the_difference_stands_in_the_world_too() -> None:
    made = draft()

    said = lines(*COMPANY, put(), of=made)

    assert len(said) == 2
    assert "hub-0a1b2c3d: {model: hub-2-plus, links: [ethernet]}" in world_of(made)


def test_a_hub_that_comes_later_is_switched_on_then() -> None:
    made = draft()

    said = lines(put(), put(OTHER, AJAX, at_ms=JANUARY_MS + MINUTE_MS), of=made)

    assert said == [
        "{clock: +1 min}",
        "{bench: hub-0a1b2c3e, do: insert_sim, slot: 1, sim: ajax}",
        "{bench: hub-0a1b2c3e, do: power_on}",
    ]
    assert "hub-0a1b2c3e: {model: hub-2-plus, links: [ethernet], power: off}" in world_of(made)


@pytest.mark.parametrize(
    "before",
    [
        [wished(CreateObject(name="Villa"), result={"object": "object-1"}), ADDED],
        [put(HUB, AJAX)],
        [put(), laid(SetLid(open=True))],
    ],
    ids=["somebody has named it", "its card was in another hub", "hands were laid on another hub"],
)
def test_a_hub_that_can_tell_what_was_done_before_it_is_switched_on_then(before: list[AnyEntry]) -> None:
    made = draft()

    said = lines(*COMPANY, *before, put(OTHER, AJAX), of=made)

    assert said[-2].startswith("{bench: hub-0a1b2c3e, do: insert_sim, slot: 1, sim: ajax")
    assert said[-1] == "{bench: hub-0a1b2c3e, do: power_on}"
    assert "hub-0a1b2c3e: {model: hub-2-plus, links: [ethernet], power: off}" in world_of(made)


def test_what_the_world_cannot_say_of_a_hub_hands_do() -> None:
    assert lines(put(battery_percent=40, mains=False, lid_open=True)) == [
        "{bench: hub-0a1b2c3d, do: set_battery, percent: 40}",
        "{bench: hub-0a1b2c3d, do: set_mains, present: off}",
        "{bench: hub-0a1b2c3d, do: set_lid, open: on}",
        "{bench: hub-0a1b2c3d, do: power_on}",
    ]


def test_a_hub_with_a_memory_is_remarked() -> None:
    entry = put()

    (said,) = lines(HubPut(at_ms=JANUARY_MS, setup=entry.setup, remembers=True))

    assert said.startswith("# hub-0a1b2c3d: what its agent remembered")


def test_a_card_that_is_used_twice_has_a_name() -> None:
    made = draft()

    said = lines(
        put(),
        laid(InsertSim(slot=1, card=AJAX)),
        laid(RemoveSim(slot=1)),
        laid(InsertSim(slot=2, card=AJAX)),
        of=made,
    )

    assert said[0] == "{bench: hub-0a1b2c3d, do: insert_sim, slot: 1, sim: ajax-card}"
    assert said[2] == "{bench: hub-0a1b2c3d, do: insert_sim, slot: 2, sim: ajax-card}"
    assert "ajax-card: ajax" in world_of(made)


@pytest.mark.parametrize(
    ("card", "declared"),
    [
        (
            make_card(CardKind.ORDINARY, 1, CardCondition.LOCKED),
            "ordinary-card: {kind: ordinary, condition: locked}",
        ),
        (
            Card(CardKind.AJAX, "89480000000000000018", "001010000000001"),
            'ajax-card: {kind: ajax, iccid: "89480000000000000018"}',
        ),
    ],
)
def test_a_card_that_is_not_as_usual_is_declared(card: Card, declared: str) -> None:
    made = draft()

    lines(put(), laid(InsertSim(slot=1, card=card)), of=made)

    assert declared in world_of(made)


def test_refused_hands_are_said_and_hands_on_nothing_are_a_remark() -> None:
    said = lines(
        put(), laid(RemoveSim(slot=1), refused="slot_empty"), laid(SetLid(open=True), refused="no_such_hub")
    )

    assert said == [
        "{bench: hub-0a1b2c3d, do: remove_sim, slot: 1, refused: slot_empty}",
        "# set_lid: refused as no_such_hub",
    ]


def test_a_snapshot_that_was_brought_back_switches_hubs_that_were_on() -> None:
    back = Restored(at_ms=JANUARY_MS)

    said = lines(put(), put(OTHER), laid(PowerOff(), OTHER), back)

    assert said[1:] == ["{bench: hub-0a1b2c3d, do: power_off}", "{bench: hub-0a1b2c3d, do: power_on}"]


def test_a_fault_names_its_hub_and_its_times() -> None:
    late = FaultInjected(at_ms=JANUARY_MS, fault=Delay(message=MessageKind.REPORTED, hub=HUB, by=90_000))
    forged = FaultInjected(at_ms=JANUARY_MS, fault=Inject(message=MessageKind.DESIRED, hub=HUB, payload="{}"))

    assert lines(put(), late, forged) == [
        "{fault: delay, message: reported, hub: hub-0a1b2c3d, by: 1 min 30 s}",
        '{fault: inject, message: desired, hub: hub-0a1b2c3d, payload: "{}"}',
    ]


@pytest.mark.parametrize(
    ("after_ms", "move"),
    [
        (20 * MINUTE_MS, "+20 min"),
        (1_000_017, "+16 min 40 s 17 ms"),
        (1_436_400_000, "start of next month"),
        (1_436_399_999, "2026-01-31 23:59:59.999"),
        (16 * 24 * 60 * MINUTE_MS, "+16 d"),
    ],
)
def test_the_clock_moves_as_an_author_would_say_it(after_ms: int, move: str) -> None:
    assert lines(ClockSet(at_ms=JANUARY_MS + after_ms, held=True, moved=True)) == [f"{{clock: {move}}}"]


def test_while_the_clock_runs_it_is_moved_to_when_something_was_done() -> None:
    entries = (
        ClockSet(at_ms=JANUARY_MS, held=False),
        wished(CreateObject(name="Villa"), at_ms=JANUARY_MS + 1_234, refused="not_permitted"),
        ClockSet(at_ms=JANUARY_MS + 2_000, held=True),
    )

    assert lines(*COMPANY, *entries)[2:] == [
        "{clock: +1 s 234 ms}",
        "{as: olga, do: create_object, name: Villa, refused: not_permitted}",
    ]


def test_an_entry_that_comes_a_little_late_is_now() -> None:
    entries = (laid(SetLid(open=True), at_ms=JANUARY_MS + 9), laid(SetLid(open=False), at_ms=JANUARY_MS + 5))

    assert [line for line in lines(put(), *entries) if "clock" in line] == ["{clock: +9 ms}"]


def test_the_clock_comes_to_where_it_stood_at_the_end() -> None:
    made = draft()
    lines(put(), of=made)

    made.end(JANUARY_MS + MINUTE_MS)

    assert lines(of=made) == ["{clock: +1 min}"]


def test_a_time_that_no_scenario_reaches_is_a_remark() -> None:
    (said,) = lines(ClockSet(at_ms=4_200_000_000_000, held=True, moved=True))

    assert "ends with the year 2099" in said
