"""The bench over HTTP: new hubs, bench actions, and injected faults."""

import asyncio

import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, MINUTE_MS, ORDINARY, OTHER, LabWorld, setup
from lab_server import Server

from hubsim_contract.wire.topics import MessageKind, Topics

pytestmark = pytest.mark.live


# ------------------------------------------------------------------ hubs and bench actions


async def test_a_new_hub_is_in_all_views(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX, powered=True))

    seen = await world.hub()
    listed = (await world.get("/hubs"))["hubs"]
    assert seen["setup"]["slots"]["1"]["iccid"] == AJAX.iccid
    assert (seen["shows"]["powered"], seen["shows"]["link"]) == (True, "online")
    assert seen["app"]["online"] is True
    assert seen["applied"]["service"] == "not_available"
    assert [each["id"] for each in listed] == [HUB]


async def test_a_second_hub_with_the_same_id_or_card_is_refused(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX))

    again = await world.refused("POST", "/hubs", setup(HUB))
    same_card = await world.refused("POST", "/hubs", setup(OTHER, AJAX))
    no_model = await world.refused("POST", "/hubs", setup(OTHER, model="hub-7"))

    assert again == (409, "lab_refused", "hub_exists")
    assert same_card == (409, "lab_refused", "card_in_use")
    assert no_model == (409, "lab_refused", "cannot")
    assert [each["id"] for each in (await world.get("/hubs"))["hubs"]] == [HUB]


async def test_bench_actions_change_the_hub_and_reach_the_cloud(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX))

    await world.act(HUB, "set_battery", percent=35)
    await world.act(HUB, "set_lid", open=True)
    await world.act(HUB, "remove_sim", slot=1)
    await world.act(
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
async def test_an_impossible_bench_action_is_refused_with_its_reason(
    world: LabWorld, action: dict[str, object], reason: str
) -> None:
    await world.put(setup(HUB, AJAX))
    before = (await world.hub())["setup"]

    refused = await world.refused("POST", f"/hubs/{HUB}/actions", {"action": action})

    assert refused == (409, "lab_refused", reason)
    assert (await world.hub())["setup"] == before


async def test_a_bench_action_on_an_unknown_hub_is_refused(world: LabWorld) -> None:
    action = {"action": {"do": "power_off"}}

    assert await world.refused("POST", f"/hubs/{HUB}/actions", action) == (409, "lab_refused", "no_such_hub")
    assert await world.refused("GET", "/hubs/not-a-hub") == (404, "not_on_bench", "no_such_hub")
    assert (await world.refused("POST", "/hubs/a%2Fb/actions", action))[0] == 404


async def test_a_hub_that_has_never_connected_is_shown(world: LabWorld) -> None:
    shown = await world.hub()

    assert shown["setup"] is None
    assert shown["shows"] is None
    assert shown["app"]["online"] is False
    assert shown["device"]["online"] is False
    assert shown["messages"]["verdicts"] == []


async def test_a_card_must_leave_its_hub_before_it_moves_to_another(world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX), setup(OTHER))
    card = {"kind": "ajax", "iccid": AJAX.iccid, "imsi": AJAX.imsi}
    insert = {"action": {"do": "insert_sim", "slot": 1, "card": card}}

    too_early = await world.refused("POST", f"/hubs/{OTHER}/actions", insert)
    await world.act(HUB, "remove_sim", slot=1)
    await world.send("POST", f"/lab/hubs/{OTHER}/actions", insert)

    assert too_early == (409, "lab_refused", "card_in_use")
    assert list((await world.hub(OTHER))["setup"]["slots"]) == ["1"]


# ------------------------------------------------------------------ faults


async def test_a_dropped_order_is_sent_again(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.inject("drop", message="orders", hub=HUB)

    await world.activate(dealer)
    await world.settle()
    lost = await world.get(f"/sims/{AJAX.iccid}")
    await world.advance(by="PT5M")

    assert (lost["profile"], lost["ordered"]) == ("inactive", None)
    assert (await world.get(f"/sims/{AJAX.iccid}"))["profile"] == "active"


async def test_a_delayed_report_arrives_later_in_world_time(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.inject("delay", message="reported", hub=HUB, by=90_000)

    await world.activate(dealer)
    clock = await world.settle()
    before = (await world.hub())["applied"]["tile"]
    await world.advance(by="PT1M30S")

    assert clock["due_ms"] is not None
    assert clock["due_ms"] <= JANUARY_MS + 90_000
    assert before == "activation_required"
    assert (await world.hub())["applied"]["tile"] == "activated"


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
@pytest.mark.parametrize("kind", ["desired", "reported", "presence", "events", "orders", "confirmations"])
async def test_duplicated_and_reordered_messages_change_nothing_in_the_end(
    world: LabWorld, fault: str, kind: str
) -> None:
    dealer = await world.dealer_with_hub()
    await world.inject(fault, message=kind, count=2)

    await world.activate(dealer)
    await world.advance(by="PT30M")

    seen = await world.hub()
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert (await world.get(f"/sims/{AJAX.iccid}"))["profile"] == "active"


@pytest.mark.parametrize(
    "cut",
    [
        {"fault": "cut", "hub": HUB},
        *({"fault": "cut_process", "process": each} for each in ("cloud", "carrier")),
    ],
)
async def test_a_station_that_is_cut_off_is_online_again_when_the_world_is_idle(
    world: LabWorld, cut: dict[str, str]
) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)

    await world.inject(**cut)
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
async def test_a_station_that_is_cut_off_repeatedly_waits_in_world_time(
    world: LabWorld, cut: dict[str, str]
) -> None:
    dealer = await world.dealer_with_hub()
    for _ in range(3):
        await world.inject(**cut)
        await world.settle()

    await world.activate(dealer)
    await world.act(HUB, "set_lid", open=True)
    settled = await world.settle()
    await world.advance(by="PT10M")

    seen = await world.hub()
    assert settled["world_ms"] == JANUARY_MS
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert "lid_open" in seen["app"]["icons"]
    assert (await world.get(f"/sims/{AJAX.iccid}"))["profile"] == "active"


async def test_an_invalid_injected_message_is_refused_by_its_receiver_and_counted(world: LabWorld) -> None:
    await world.dealer_with_hub()

    for kind in ("reported", "presence", "events", "confirmations", "orders", "desired"):
        await world.inject("inject", message=kind, hub=HUB, payload="{rubbish")
        await world.settle()

    counters = await world.get("/counters")
    assert counters == {"cloud": {"refused_messages": 4}, "carrier": {"refused_messages": 1}}


async def test_garbage_that_the_broker_retains_is_replaced(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.inject("inject", message="desired", hub=HUB, payload="{rubbish", retain=True)
    await world.act(HUB, "restart")

    await world.advance(by="PT1M")
    await world.activate(dealer)
    await world.advance(by="PT5M")

    assert (await world.hub())["shows"]["tile"] == "activated"


async def test_a_cleared_retained_message_is_not_awaited(world: LabWorld) -> None:
    await world.dealer_with_hub()
    for kind in ("desired", "reported", "presence"):
        await world.inject("inject", message=kind, hub=HUB, payload="", retain=True)
        await world.settle()

    await world.inject("cut", hub=HUB)
    await world.inject("cut_process", process="cloud")
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
async def test_a_fault_that_needs_the_process_itself_is_refused(
    world: LabWorld, fault: dict[str, str]
) -> None:
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
async def test_an_invalid_fault_is_an_invalid_request(world: LabWorld, fault: dict[str, object]) -> None:
    assert (await world.refused("POST", "/faults", {"what": fault}))[:2] == (422, "invalid_request")


# ------------------------------------------------------------------ with and without a simulator


async def test_without_the_simulator_the_lab_refuses_and_the_cloud_continues(
    world: LabWorld, server: Server
) -> None:
    dealer = await world.dealer_with_hub()
    await server.simulator.stop()

    shown = await world.refused("GET", f"/hubs/{HUB}")
    put = await world.refused("POST", "/hubs", setup(OTHER))
    saved = await world.refused("POST", "/snapshots", {"name": "now"})
    opened = await world.refused("POST", "/worlds", {})
    await world.activate(dealer)

    assert {shown[:2], put[:2], saved[:2], opened[:2]} == {(503, "no_simulator")}
    assert (await world.get("/snapshots"))["snapshots"] == []
    assert list(server.host.worlds) == ["", world.name]


async def test_a_lost_simulator_is_missed_and_a_stopped_one_is_not(world: LabWorld, server: Server) -> None:
    before = (await world.get("/clock"))["world_ms"]
    await server.simulator.kill()

    # its last will does not announce an end: it still has its side of the world
    moved = await world.refused("POST", "/clock/advance", {"by": "P1D"})
    assert moved[:2] == (503, "no_simulator")
    assert (await world.get("/clock"))["world_ms"] == before

    await server.simulator.start()
    await server.simulator.stop()
    await world.advance(by="P1D")
    assert (await world.get("/clock"))["world_ms"] == before + 86_400_000


@pytest.mark.parametrize("killed", [True, False])
async def test_a_restarted_simulator_continues_with_the_lab(
    world: LabWorld, server: Server, killed: bool
) -> None:
    dealer = await world.dealer_with_hub()
    await world.advance(by="P40D")
    await world.act(HUB, "set_battery", percent=55)
    await world.activate(dealer)
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
    assert (await world.get(f"/sims/{AJAX.iccid}"))["profile"] == "active"
    moments = [event["at_ms"] for event in (await world.get("/trace"))["events"]]
    assert moments == sorted(moments)


async def test_a_request_during_a_restart_of_the_simulator_is_answered_by_the_new_run(
    world: LabWorld, server: Server
) -> None:
    await world.put(setup(HUB, AJAX))
    await server.simulator.kill()

    request = asyncio.create_task(world.hub())
    await server.simulator.start()

    assert (await request)["setup"]["id"] == HUB


async def test_a_hub_does_not_receive_the_messages_of_another_hub(world: LabWorld, server: Server) -> None:
    dealer = await world.dealer_with_hub()
    await world.put(setup(OTHER))
    await world.add_hub(dealer, OTHER)

    await world.activate(dealer, HUB)
    await world.advance(to_ms=JANUARY_MS + 20 * MINUTE_MS)

    topics = Topics(server.host.worlds[world.name].plan.prefix)
    received = server.simulator.server.benches[world.name].tracker.received_log.topics
    assert (await world.hub(OTHER))["shows"]["tile"] == "none"
    assert topics.of(MessageKind.DESIRED, OTHER) in received
