"""The bench over HTTP: hubs are put, hands are laid, and things go wrong on purpose."""

import asyncio

import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, MINUTE_MS, ORDINARY, OTHER, LabWorld, setup
from lab_server import Server

from hubsim_contract.wire.topics import MessageKind, Topics

pytestmark = pytest.mark.live


# ------------------------------------------------------------------ hubs and hands


async def test_a_hub_that_is_put_is_seen_from_everywhere(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX, powered=True))

    seen = await world.hub()
    listed = (await world.sees("/hubs"))["hubs"]
    assert seen["setup"]["slots"]["1"]["iccid"] == AJAX.iccid
    assert (seen["shows"]["powered"], seen["shows"]["link"]) == (True, "online")
    assert seen["app"]["online"] is True
    assert seen["applied"]["service"] == "not_available"
    assert [each["id"] for each in listed] == [HUB]


async def test_a_hub_is_put_once(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX))

    again = await world.refused("POST", "/hubs", setup(HUB))
    same_card = await world.refused("POST", "/hubs", setup(OTHER, AJAX))
    no_model = await world.refused("POST", "/hubs", setup(OTHER, model="hub-7"))

    assert again == (409, "lab_refused", "hub_exists")
    assert same_card == (409, "lab_refused", "card_in_use")
    assert no_model == (409, "lab_refused", "cannot")
    assert [each["id"] for each in (await world.sees("/hubs"))["hubs"]] == [HUB]


async def test_hands_change_the_hub_and_the_cloud_hears_of_it(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX))

    await world.lays(HUB, "set_battery", percent=35)
    await world.lays(HUB, "set_lid", open=True)
    await world.lays(HUB, "remove_sim", slot=1)
    await world.lays(
        HUB, "insert_sim", slot=2, card={"kind": "ordinary", "iccid": ORDINARY.iccid, "imsi": ORDINARY.imsi}
    )
    await world.settle()

    seen = await world.hub()
    assert {"battery_35", "lid_open"} <= set(seen["app"]["icons"])
    assert seen["shows"]["sims"] == {"1": "missing", "2": "ok"}
    assert list(seen["setup"]["slots"]) == ["2"]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"do": "remove_sim", "slot": 2}, "slot_empty"),
        ({"do": "remove_sim", "slot": 9}, "no_such_slot"),
        ({"do": "plug", "link": "wifi"}, "no_such_link"),
        ({"do": "set_battery", "percent": 101}, "battery_out_of_range"),
        ({"do": "plug", "link": "ethernet"}, "already_plugged"),
    ],
)
async def test_hands_that_cannot_are_refused_by_name(
    world: LabWorld, action: dict[str, object], reason: str
) -> None:
    await world.put(setup(HUB, AJAX))
    before = (await world.hub())["setup"]

    refused = await world.refused("POST", f"/hubs/{HUB}/actions", {"action": action})

    assert refused == (409, "lab_refused", reason)
    assert (await world.hub())["setup"] == before


async def test_hands_on_nothing_are_told_so(world: LabWorld) -> None:
    action = {"action": {"do": "power_off"}}

    assert await world.refused("POST", f"/hubs/{HUB}/actions", action) == (409, "lab_refused", "no_such_hub")
    assert await world.refused("GET", f"/hubs/{HUB}") == (404, "not_on_bench", "no_such_hub")
    assert (await world.refused("POST", "/hubs/a%2Fb/actions", action))[0] == 404


async def test_a_card_that_moves_from_hub_to_hub_leaves_the_first(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX), setup(OTHER))
    card = {"kind": "ajax", "iccid": AJAX.iccid, "imsi": AJAX.imsi}
    insert = {"action": {"do": "insert_sim", "slot": 1, "card": card}}

    too_early = await world.refused("POST", f"/hubs/{OTHER}/actions", insert)
    await world.lays(HUB, "remove_sim", slot=1)
    await world.does("POST", f"/lab/hubs/{OTHER}/actions", insert)

    assert too_early == (409, "lab_refused", "card_in_use")
    assert list((await world.hub(OTHER))["setup"]["slots"]) == ["1"]


# ------------------------------------------------------------------ faults


async def test_a_dropped_order_is_sent_again(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.goes_wrong("drop", message="orders", hub=HUB)

    await world.activates(dealer)
    await world.settle()
    lost = await world.sees(f"/sims/{AJAX.iccid}")
    await world.advance(by="PT5M")

    assert (lost["profile"], lost["ordered"]) == ("inactive", None)
    assert (await world.sees(f"/sims/{AJAX.iccid}"))["profile"] == "active"


async def test_a_delayed_report_comes_later_in_world_time(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.goes_wrong("delay", message="reported", hub=HUB, by=90_000)

    await world.activates(dealer)
    clock = await world.settle()
    before = (await world.hub())["applied"]["tile"]
    await world.advance(by="PT1M30S")

    assert clock["due_ms"] is not None
    assert clock["due_ms"] <= JANUARY_MS + 90_000
    assert before == "activation_required"
    assert (await world.hub())["applied"]["tile"] == "activated"


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
@pytest.mark.parametrize("kind", ["desired", "reported", "presence", "events", "orders", "confirmations"])
async def test_messages_that_come_twice_or_late_change_nothing_in_the_end(
    world: LabWorld, fault: str, kind: str
) -> None:
    dealer = await world.dealer_with_hub()
    await world.goes_wrong(fault, message=kind, count=2)

    await world.activates(dealer)
    await world.advance(by="PT30M")

    seen = await world.hub()
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert (await world.sees(f"/sims/{AJAX.iccid}"))["profile"] == "active"


@pytest.mark.parametrize(
    "cut",
    [
        {"fault": "cut", "hub": HUB},
        *({"fault": "cut_process", "process": each} for each in ("cloud", "carrier")),
    ],
)
async def test_whoever_is_cut_off_is_back_when_the_world_is_at_rest(
    world: LabWorld, cut: dict[str, str]
) -> None:
    dealer = await world.dealer_with_hub()
    await world.activates(dealer)

    await world.goes_wrong(**cut)
    await world.settle()
    await world.advance(by="PT10M")

    seen = await world.hub()
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert seen["app"]["online"] is True


@pytest.mark.parametrize(
    "cut",
    [
        {"fault": "cut", "hub": HUB},
        *({"fault": "cut_process", "process": each} for each in ("cloud", "carrier")),
    ],
)
async def test_whoever_is_cut_off_again_and_again_waits_in_world_time(
    world: LabWorld, cut: dict[str, str]
) -> None:
    dealer = await world.dealer_with_hub()
    for _ in range(3):
        await world.goes_wrong(**cut)
        await world.settle()

    await world.activates(dealer)
    await world.lays(HUB, "set_lid", open=True)
    stood_at = await world.settle()
    await world.advance(by="PT10M")

    seen = await world.hub()
    assert stood_at["world_ms"] == JANUARY_MS
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert "lid_open" in seen["app"]["icons"]
    assert (await world.sees(f"/sims/{AJAX.iccid}"))["profile"] == "active"


async def test_an_injected_message_is_refused_by_whoever_hears_it_and_counted(world: LabWorld) -> None:
    await world.dealer_with_hub()

    for kind in ("reported", "presence", "events", "confirmations", "orders", "desired"):
        await world.goes_wrong("inject", message=kind, hub=HUB, payload="{rubbish")
        await world.settle()

    counters = await world.sees("/counters")
    assert counters == {"cloud": {"refused_messages": 4}, "carrier": {"refused_messages": 1}}


async def test_garbage_that_the_broker_retains_is_replaced(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.goes_wrong("inject", message="desired", hub=HUB, payload="{rubbish", retain=True)
    await world.lays(HUB, "restart")

    await world.advance(by="PT1M")
    await world.activates(dealer)
    await world.advance(by="PT5M")

    assert (await world.hub())["shows"]["tile"] == "activated"


async def test_what_somebody_takes_off_the_broker_is_not_waited_for(world: LabWorld) -> None:
    await world.dealer_with_hub()
    for kind in ("desired", "reported", "presence"):
        await world.goes_wrong("inject", message=kind, hub=HUB, payload="", retain=True)
        await world.settle()

    await world.goes_wrong("cut", hub=HUB)
    await world.goes_wrong("cut_process", process="cloud")
    await world.settle()

    assert (await world.hub())["shows"]["link"] == "online"


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "stop_process", "process": "cloud"},
        {"fault": "restart_process", "process": "broker"},
        {"fault": "start_process", "process": "carrier"},
        {"fault": "cut_process", "process": "broker"},
        {"fault": "replay", "message": "desired", "hub": HUB},
    ],
)
async def test_what_takes_the_process_itself_is_refused(world: LabWorld, fault: dict[str, str]) -> None:
    assert await world.refused("POST", "/faults", {"what": fault}) == (409, "lab_refused", "cannot")


async def test_a_fault_about_a_card_needs_one(world: LabWorld) -> None:
    await world.put(setup(HUB, ORDINARY))
    fault = {"fault": "drop", "message": "orders", "hub": HUB}

    assert await world.refused("POST", "/faults", {"what": fault}) == (409, "lab_refused", "no_ajax_sim")


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop", "message": "gossip"},
        {"fault": "drop", "message": "desired", "count": 0},
        {"fault": "earthquake"},
        {"fault": "inject", "message": "desired", "hub": HUB, "payload": "x", "repeat": 10**9},
    ],
)
async def test_a_fault_that_makes_no_sense_is_invalid(world: LabWorld, fault: dict[str, object]) -> None:
    assert (await world.refused("POST", "/faults", {"what": fault}))[:2] == (422, "invalid_request")


# ------------------------------------------------------------------ with and without a simulator


async def test_while_the_simulator_is_away_the_lab_says_so_and_the_cloud_goes_on(
    world: LabWorld, server: Server
) -> None:
    dealer = await world.dealer_with_hub()
    await server.simulator.stop()

    looks = await world.refused("GET", f"/hubs/{HUB}")
    puts = await world.refused("POST", "/hubs", setup(OTHER))
    saves = await world.refused("POST", "/snapshots", {"name": "now"})
    opens = await world.refused("POST", "/worlds", {})
    await world.activates(dealer)

    assert {looks[:2], puts[:2], saves[:2], opens[:2]} == {(503, "no_simulator")}
    assert (await world.sees("/snapshots"))["snapshots"] == []
    assert list(server.host.worlds) == ["", world.name]


@pytest.mark.parametrize("killed", [True, False])
async def test_a_simulator_that_comes_back_goes_on_with_the_lab(
    world: LabWorld, server: Server, killed: bool
) -> None:
    dealer = await world.dealer_with_hub()
    await world.advance(by="P40D")
    await world.lays(HUB, "set_battery", percent=55)
    await world.activates(dealer)
    await world.settle()

    await (server.simulator.kill() if killed else server.simulator.stop())
    await server.simulator.start()
    back = await world.settle()
    restarted = await world.hub()
    await world.advance(by="PT20M")

    seen = await world.hub()
    assert back["world_ms"] == JANUARY_MS + 40 * DAY_MS
    assert restarted["app"]["online"] is True
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert "battery_55" in seen["app"]["icons"]
    assert (await world.sees(f"/sims/{AJAX.iccid}"))["profile"] == "active"
    moments = [event["at_ms"] for event in (await world.sees("/trace"))["events"]]
    assert moments == sorted(moments)


async def test_a_request_that_meets_a_restart_of_the_simulator_is_answered_by_the_new_run(
    world: LabWorld, server: Server
) -> None:
    await world.put(setup(HUB, AJAX))
    await server.simulator.kill()

    looking = asyncio.create_task(world.hub())
    await server.simulator.start()

    assert (await looking)["setup"]["id"] == HUB


async def test_two_hubs_of_one_world_do_not_hear_each_other(world: LabWorld, server: Server) -> None:
    dealer = await world.dealer_with_hub()
    await world.put(setup(OTHER))
    await world.adds(dealer, OTHER)

    await world.activates(dealer, HUB)
    await world.advance(to_ms=JANUARY_MS + 20 * MINUTE_MS)

    topics = Topics(server.host.worlds[world.name].plan.prefix)
    heard = server.simulator.server.benches[world.name].tracker.received_log.topics
    assert (await world.hub(OTHER))["shows"]["tile"] == "none"
    assert topics.of(MessageKind.DESIRED, OTHER) in heard
