"""The watch of a world over HTTP and MQTT: what a reader sees, in which order, and how it resumes."""

import asyncio
from pathlib import Path

import pytest
from lab_play import AJAX, HUB, OTHER, LabWorld, setup
from lab_server import Server, server_settings, serving
from watch_reader import watching

from hubsim_cloud.lab.watch_events import EVENTS

pytestmark = pytest.mark.live


def is_in_order(lines: list[str], *expected: str) -> bool:
    """Return whether the expected lines are there in this order."""
    found = iter(lines)
    return all(any(line == each for line in found) for each in expected)


async def test_an_activation_in_the_main_world_is_shown_from_the_act_to_the_profile(
    server: Server, main: LabWorld
) -> None:
    dealer = await main.dealer_with_hub()
    await main.settle()
    async with watching(server.url) as reader:
        await dealer.send("POST", f"/hubs/{HUB}/activation", {})
        await reader.event("order", state="accepted")
        row = await reader.event("hub", service="active")

    assert reader.events[0][0] == "hello"
    assert is_in_order(
        reader.lines(),
        "act activate",
        "order placed",
        "published orders cloud > broker",
        "delivered orders broker > carrier",
        "published confirmations carrier > broker",
        "delivered confirmations broker > cloud",
        "order accepted",
    )
    assert is_in_order(
        reader.lines(),
        "act activate",
        "published desired cloud > broker",
        f"delivered desired broker > {HUB}",
        f"published reported {HUB} > broker",
        "delivered reported broker > cloud",
    )
    assert (row["star"], row["on_bench"], row["slots"]["1"]["kind"]) == (True, True, "ajax")
    act = await reader.event("act", act="activate")
    assert (act["actor"]["email"], act["actor"]["company_name"]) == ("olga@example.com", "olga Ltd")
    assert {name for name, _ in reader.events} <= set(EVENTS)


async def test_a_refused_act_has_the_name_of_the_refusal_and_its_facts(
    server: Server, main: LabWorld
) -> None:
    dealer = await main.dealer_with_hub()
    async with watching(server.url) as reader:
        await main.call("POST", f"/v1/hubs/{HUB}/activation", {"package": "gold"}, dealer.token)
        act = await reader.event("act", act="activate")

    assert (act["refused"], act["refusal_facts"]) == ("package_not_found", {"package": "gold"})
    assert act["facts"]["package"] == "gold"
    assert act["reason"]


async def test_a_bench_action_is_before_the_messages_that_it_causes(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    async with watching(server.url) as reader:
        await main.act(HUB, "set_lid", open=True)
        await reader.event("hub", hub=HUB, lid_open=True)
        await reader.event("message", stage="delivered", kind="reported")

    assert is_in_order(
        reader.lines(),
        "hands set_lid",
        f"published reported {HUB} > broker",
        "delivered reported broker > cloud",
    )
    published = [line for line in reader.lines() if line.startswith("published reported")]
    assert len(published) == len([line for line in reader.lines() if line.startswith("delivered reported")])


async def test_a_fault_is_armed_hit_and_done_and_its_message_dropped(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    async with watching(server.url) as reader:
        made = await main.send("POST", "/lab/faults", {"what": {"fault": "drop", "message": "reported"}})
        await main.act(HUB, "set_lid", open=True)
        dropped = await reader.event("message", stage="dropped")
        await reader.event("fault", state="done")

    states = [data["state"] for name, data in reader.events if name == "fault"]
    assert states == ["armed", "hit", "done"]
    assert (dropped["fault"], dropped["kind"], dropped["hub"]) == (made["id"], "reported", HUB)
    assert (await main.get("/faults"))["faults"] == []


async def test_a_disarmed_fault_has_no_effect(server: Server, main: LabWorld) -> None:
    await main.dealer_with_hub()
    async with watching(server.url) as reader:
        for what in (
            {"fault": "drop", "message": "reported", "hub": HUB},
            {"fault": "drop", "message": "desired", "hub": HUB},
            {"fault": "refuse_orders", "hub": HUB, "count": 2},
        ):
            await main.send("POST", "/lab/faults", {"what": what})
        armed = (await main.get("/faults"))["faults"]
        for fault in armed:
            await main.send("DELETE", f"/lab/faults/{fault['id']}")
        again = await main.refused("DELETE", f"/faults/{armed[0]['id']}")
        await main.act(HUB, "set_lid", open=True)
        await reader.event("message", stage="delivered", kind="reported")

    assert [(fault["fault"]["fault"], fault["hub"], fault["left"]) for fault in armed] == [
        ("drop", HUB, 1),
        ("drop", HUB, 1),
        ("refuse_orders", HUB, 2),
    ]
    assert again == (404, "not_on_bench", "no_such_fault")
    assert [line for line in reader.lines() if line.startswith("fault")] == [
        *["fault armed"] * 3,
        *["fault disarmed"] * 3,
    ]


async def test_a_fault_at_once_is_done_and_has_no_id(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    async with watching(server.url) as reader:
        answer = await main.call("POST", "/lab/faults", {"what": {"fault": "cut", "hub": HUB}})
        await reader.event("fault", state="done")
        will = await reader.event("message", kind="presence", stage="published", sender="broker")

    assert answer.status_code == 204
    assert will["payload"]["online"] is False


async def test_a_reader_that_comes_back_gets_what_it_has_missed(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    async with watching(server.url) as first:
        await main.act(HUB, "set_lid", open=True)
        await first.event("hands")
    await main.act(HUB, "set_lid", open=False)
    async with watching(server.url, mark=first.mark) as second:
        hands = await second.event("hands", action={"do": "set_lid", "open": False})

    greeting = second.events[0][1]
    assert (greeting["run"], greeting["missed"]) == (first.events[0][1]["run"], 0)
    assert hands["hub"] == HUB


async def test_a_filter_shows_one_hub(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX), setup(OTHER))
    async with (
        watching(server.url) as all_hubs,
        watching(server.url, f"/lab/watch?hub={HUB}") as one,
    ):
        for hub in (OTHER, HUB):
            await main.act(hub, "set_lid", open=True)
        await one.event("hands", hub=HUB)
        await all_hubs.event("hands", hub=HUB)

    assert [data["hub"] for name, data in all_hubs.events if name == "hands"] == [OTHER, HUB]
    assert {data["hub"] for name, data in one.events if name in {"hands", "message", "hub"}} <= {HUB}


async def test_a_held_world_shows_the_moves_of_its_clock(server: Server, world: LabWorld) -> None:
    await world.put(setup(HUB, AJAX))
    async with watching(server.url, f"/worlds/{world.name}/lab/watch") as reader:
        begin_ms = await world.clock_ms()
        await world.advance(by="PT1H")
        await reader.event("clock", world_ms=begin_ms + 3_600_000, moving_to_ms=None)

    assert reader.events[0][1]["held"] is True


async def test_a_reset_ends_the_stream_and_the_next_one_has_another_run(
    server: Server, world: LabWorld
) -> None:
    path = f"/worlds/{world.name}/lab/watch"
    async with watching(server.url, path) as before:
        await world.send("POST", "/lab/reset")
        ended = await before.event("stream_ended")
    async with watching(server.url, path, mark=before.mark) as after:
        await world.put(setup(HUB))
        await after.event("hub", hub=HUB, online=True)

    assert ended == {"reason": "stopping"}
    assert after.events[0][1]["run"] != before.events[0][1]["run"]


async def test_an_event_of_a_play_reaches_the_readers(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path)) as server:
        observer = server.host.get("").observer
        watch = observer.watch  # type: ignore[attr-defined]  # a lab's observer
        watch.publish("play", {"play": "before"})
        async with watching(server.url) as reader:
            watch.publish("play", {"play": "p1", "state": "running"})
            shown = await reader.event("play")

    assert shown == {"play": "p1", "state": "running"}


async def test_nothing_is_reported_without_a_reader(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    bench = server.simulator.server.benches[""]
    assert not bench.watch.is_open
    async with watching(server.url):
        await server.simulated(lambda: bench.watch.is_open)
    observer = server.host.get("").observer
    observer.watch.close()  # type: ignore[attr-defined]  # ends the watch without its linger time

    await server.simulated(lambda: not bench.watch.is_open)


async def test_a_simulator_that_starts_again_is_watched_again(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))
    async with watching(server.url) as reader:
        await server.simulator.stop()
        await server.simulator.start()
        await reader.event("message", kind="presence", stage="published", sender=HUB)


async def test_cards_orders_and_deadlines_are_listed(main: LabWorld) -> None:
    dealer = await main.dealer_with_hub()
    await main.put(setup(OTHER))
    await dealer.send("POST", f"/hubs/{HUB}/activation", {})
    await main.settle()

    cards = await main.get("/cards")
    orders = await main.get("/orders")
    due = (await main.get("/deadlines"))["deadlines"]

    assert [(row["iccid"], row["hub"], row["slot"], row["ordered"]) for row in cards["cards"]] == [
        (AJAX.iccid, HUB, 1, "active")
    ]
    assert [(row["hub"], row["state"], row["attempts"]) for row in orders["orders"]] == [(HUB, "accepted", 1)]
    kinds = [each["kind"] for each in due]
    assert {"order_execution", "order_repeat", "invoice"} <= set(kinds)
    assert due == sorted(due, key=lambda each: each["due_ms"])
    execution = due[kinds.index("order_execution")]
    assert (execution["who"], execution["hub"], execution["company_name"]) == ("carrier", HUB, "olga Ltd")


@pytest.mark.parametrize(
    ("query", "status"), [("hub=front-door", 422), ("hubs=0000AA01", 422), ("hub=0000aa01", 200)]
)
async def test_a_filter_that_is_not_a_hub_is_refused(server: Server, query: str, status: int) -> None:
    async with server.client.stream("GET", f"/lab/watch?{query}") as answer:
        assert answer.status_code == status


async def test_many_readers_get_the_same(server: Server, main: LabWorld) -> None:
    await main.put(setup(HUB, AJAX))

    async def read(ready: asyncio.Event) -> list[str]:
        async with watching(server.url) as reader:
            ready.set()
            await reader.event("hands")
            return [line for line in reader.lines() if line.startswith("hands")]

    flags = [asyncio.Event() for _ in range(20)]
    readers = [asyncio.create_task(read(flag)) for flag in flags]
    for flag in flags:
        await flag.wait()
    await main.act(HUB, "set_lid", open=True)

    assert await asyncio.gather(*readers) == [["hands set_lid"]] * 20
