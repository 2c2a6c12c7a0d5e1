"""Recorded hubs, cards, bench actions, faults and clock moves become steps, or remarks at their place."""

import pytest
from journal_entries import (
    AJAX,
    HUB,
    JANUARY_MS,
    OTHER,
    bench_acted,
    commanded,
    company_created,
    draft,
    lines,
    put,
    signed_up,
    switched,
    world_of,
)

from hubsim_cloud.domain.commands import AddHub, CreateObject
from hubsim_cloud.lab.journal import (
    AnyEntry,
    ClockSet,
    FaultDisarmed,
    FaultInjected,
    HubPut,
    HubTaken,
    Restored,
)
from hubsim_contract.clock import LAST_YEAR, LATEST_MS
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
COMPANY = (signed_up(), company_created(), switched())
ADDED = commanded(AddHub(object="object-1", hub=OTHER, model="hub-2-plus"))


def test_a_hub_of_the_first_entry_is_in_the_world_section() -> None:
    made = draft()

    recorded = lines(put(HUB, AJAX, coverage=False), *COMPANY, of=made)

    assert recorded[0].startswith("{as: olga, do: sign_up")
    hub = "hub-0a1b2c3d: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}, coverage: off}"
    assert hub in world_of(made)


def test_a_hub_after_entries_that_cannot_affect_it_is_in_the_world_section() -> None:
    made = draft()

    recorded = lines(*COMPANY, put(), of=made)

    assert len(recorded) == 2
    assert "hub-0a1b2c3d: {model: hub-2-plus, links: [ethernet]}" in world_of(made)


def test_a_hub_that_is_added_later_is_switched_on_then() -> None:
    made = draft()

    recorded = lines(put(), put(OTHER, AJAX, at_ms=JANUARY_MS + MINUTE_MS), of=made)

    assert recorded == [
        "{clock: +1 min}",
        "{bench: hub-0a1b2c3e, do: insert_sim, slot: 1, sim: ajax}",
        "{bench: hub-0a1b2c3e, do: power_on}",
    ]
    assert "hub-0a1b2c3e: {model: hub-2-plus, links: [ethernet], power: off}" in world_of(made)


@pytest.mark.parametrize(
    "before",
    [
        [commanded(CreateObject(name="Villa"), result={"object": "object-1"}), ADDED],
        [put(HUB, AJAX)],
        [put(), bench_acted(SetLid(open=True))],
    ],
    ids=["a command named it", "its card was in another hub", "a bench action on another hub"],
)
def test_a_hub_that_an_earlier_entry_can_affect_is_switched_on_later(before: list[AnyEntry]) -> None:
    made = draft()

    recorded = lines(*COMPANY, *before, put(OTHER, AJAX), of=made)

    assert recorded[-2].startswith("{bench: hub-0a1b2c3e, do: insert_sim, slot: 1, sim: ajax")
    assert recorded[-1] == "{bench: hub-0a1b2c3e, do: power_on}"
    assert "hub-0a1b2c3e: {model: hub-2-plus, links: [ethernet], power: off}" in world_of(made)


def test_bench_actions_set_what_the_world_section_cannot_express() -> None:
    assert lines(put(battery_percent=40, mains=False, lid_open=True)) == [
        "{bench: hub-0a1b2c3d, do: set_battery, percent: 40}",
        "{bench: hub-0a1b2c3d, do: set_mains, present: off}",
        "{bench: hub-0a1b2c3d, do: set_lid, open: on}",
        "{bench: hub-0a1b2c3d, do: power_on}",
    ]


def test_the_memory_of_an_agent_becomes_a_remark() -> None:
    entry = put()

    (recorded,) = lines(HubPut(at_ms=JANUARY_MS, setup=entry.setup, remembers=True))

    assert recorded.startswith("# hub-0a1b2c3d: a scenario cannot restore the memory")


def test_a_card_that_is_used_twice_has_a_name() -> None:
    made = draft()

    recorded = lines(
        put(),
        bench_acted(InsertSim(slot=1, card=AJAX)),
        bench_acted(RemoveSim(slot=1)),
        bench_acted(InsertSim(slot=2, card=AJAX)),
        of=made,
    )

    assert recorded[0] == "{bench: hub-0a1b2c3d, do: insert_sim, slot: 1, sim: ajax-card}"
    assert recorded[2] == "{bench: hub-0a1b2c3d, do: insert_sim, slot: 2, sim: ajax-card}"
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
def test_a_card_that_differs_from_the_defaults_is_declared(card: Card, declared: str) -> None:
    made = draft()

    lines(put(), bench_acted(InsertSim(slot=1, card=card)), of=made)

    assert declared in world_of(made)


def test_a_refused_bench_action_is_a_step_and_one_on_an_unknown_hub_is_a_remark() -> None:
    recorded = lines(
        put(),
        bench_acted(RemoveSim(slot=1), refused="slot_empty"),
        bench_acted(SetLid(open=True), refused="no_such_hub"),
    )

    assert recorded == [
        "{bench: hub-0a1b2c3d, do: remove_sim, slot: 1, refused: slot_empty}",
        "# set_lid: unknown refusal 'no_such_hub'",
    ]


def test_restoring_a_snapshot_restarts_the_hubs_that_were_on() -> None:
    back = Restored(at_ms=JANUARY_MS)

    recorded = lines(put(), put(OTHER), bench_acted(PowerOff(), OTHER), back)

    assert recorded[1:] == ["{bench: hub-0a1b2c3d, do: power_off}", "{bench: hub-0a1b2c3d, do: power_on}"]


def test_a_fault_names_its_hub_and_its_durations() -> None:
    late = FaultInjected(at_ms=JANUARY_MS, fault=Delay(message=MessageKind.REPORTED, hub=HUB, by=90_000))
    forged = FaultInjected(at_ms=JANUARY_MS, fault=Inject(message=MessageKind.DESIRED, hub=HUB, payload="{}"))

    assert lines(put(), late, forged) == [
        "{fault: delay, message: reported, hub: hub-0a1b2c3d, by: 1 min 30 s}",
        '{fault: inject, message: desired, hub: hub-0a1b2c3d, payload: "{}"}',
    ]


def test_a_disarmed_fault_is_remarked() -> None:
    fault = Delay(message=MessageKind.REPORTED, hub=HUB, by=90_000)
    armed = FaultInjected(at_ms=JANUARY_MS, fault=fault)

    recorded = lines(put(), armed, FaultDisarmed(at_ms=JANUARY_MS, fault=fault))

    assert recorded[-1] == "# delay: a scenario cannot disarm a fault, so it stays armed"


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
def test_a_clock_move_is_written_in_its_shortest_form(after_ms: int, move: str) -> None:
    assert lines(ClockSet(at_ms=JANUARY_MS + after_ms, held=True, moved=True)) == [f"{{clock: {move}}}"]


def test_a_running_clock_is_moved_to_the_time_of_each_entry() -> None:
    entries = (
        ClockSet(at_ms=JANUARY_MS, held=False),
        commanded(CreateObject(name="Villa"), at_ms=JANUARY_MS + 1_234, refused="not_permitted"),
        ClockSet(at_ms=JANUARY_MS + 2_000, held=True),
    )

    assert lines(*COMPANY, *entries)[2:] == [
        "{clock: +1 s 234 ms}",
        "{as: olga, do: create_object, name: Villa, refused: not_permitted}",
    ]


def test_an_entry_with_an_earlier_time_does_not_move_the_clock() -> None:
    entries = (
        bench_acted(SetLid(open=True), at_ms=JANUARY_MS + 9),
        bench_acted(SetLid(open=False), at_ms=JANUARY_MS + 5),
    )

    assert [line for line in lines(put(), *entries) if "clock" in line] == ["{clock: +9 ms}"]


def test_the_clock_moves_to_the_end_of_the_recording() -> None:
    made = draft()
    lines(put(), of=made)

    made.end(JANUARY_MS + MINUTE_MS)

    assert lines(of=made) == ["{clock: +1 min}"]


def test_a_time_after_the_last_year_is_a_remark() -> None:
    (recorded,) = lines(ClockSet(at_ms=LATEST_MS + 1, held=True, moved=True))

    assert f"ends with the year {LAST_YEAR}" in recorded


def test_a_hub_that_leaves_the_bench_is_switched_off_and_its_card_is_free() -> None:
    recorded = lines(put(HUB, AJAX), HubTaken(at_ms=JANUARY_MS, hub=HUB), put(OTHER, AJAX))

    assert recorded == [
        "{bench: hub-0a1b2c3d, do: power_off}",
        "{bench: hub-0a1b2c3d, do: remove_sim, slot: 1}",
        "# hub-0a1b2c3d: a scenario cannot take a hub off the bench, so it stays there, switched off",
        "{bench: hub-0a1b2c3e, do: insert_sim, slot: 1, sim: ajax-card}",
        "{bench: hub-0a1b2c3e, do: power_on}",
    ]


def test_only_the_cards_that_are_in_the_hub_then_are_removed() -> None:
    moved = [
        bench_acted(RemoveSim(slot=1)),
        bench_acted(InsertSim(slot=2, card=AJAX)),
        bench_acted(PowerOff()),
    ]

    recorded = lines(put(HUB, AJAX), *moved, HubTaken(at_ms=JANUARY_MS, hub=HUB))

    assert recorded[3:-1] == ["{bench: hub-0a1b2c3d, do: remove_sim, slot: 2}"]
