"""Worlds in parallel: opened, isolated, reset and removed without remains."""

import asyncio
import time
from pathlib import Path

import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, OTHER, LabWorld, setup
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.world_manager import WORLDS_LIMIT, WorldManager
from hubsim_cloud.world.world import WorldPlan
from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connect, PortEvent, Published, Received, Subscribe, Subscribed
from hubsim_contract.mqtt.port import Publish as PublishEffect
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_server.composition import _now

pytestmark = pytest.mark.live

MARKER = "hubsim/end-of-retained"


async def retained(server: Server, pattern: str = f"{DEFAULT_PREFIX}/#") -> list[str]:
    """Return the topics of all retained messages, except the lab's own presence."""
    events: asyncio.Queue[PortEvent] = asyncio.Queue()
    port = AiomqttPort(server.broker, events.put_nowait, "observer")
    found = []
    try:
        async with asyncio.timeout(20):
            port.perform(Connect("observer", clean=True, keepalive_s=60))
            await events.get()
            port.perform(Subscribe((pattern, MARKER)))
            while not isinstance(event := await events.get(), Subscribed):
                found += [event.topic] if isinstance(event, Received) else []
            port.perform(PublishEffect(MARKER, b"", token=1))
            arrived = acknowledged = False
            while not (arrived and acknowledged):
                event = await events.get()
                acknowledged |= isinstance(event, Published)
                if isinstance(event, Received):
                    arrived |= event.topic == MARKER
                    found += [event.topic] if event.retained else []
    finally:
        await port.aclose()
    return sorted(topic for topic in found if not topic.endswith("/lab/presence"))


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "worlds").iterdir())


# ------------------------------------------------------------------ opened


async def test_a_world_without_a_name_gets_one(main: LabWorld) -> None:
    first, second = await main.open(), await main.open()

    rows = (await main.get("/worlds"))["worlds"]
    assert first.name != second.name
    assert [row["name"] for row in rows] == ["", first.name, second.name]
    assert [row["prefix"] for row in rows] == [
        DEFAULT_PREFIX,
        *(f"{DEFAULT_PREFIX}/{row['name']}" for row in rows[1:]),
    ]


@pytest.mark.parametrize(
    "name", ["", "March", "1st", "a b", "hubs", "lab", "carrier", "bench", "x" * 64, "ä", "../up"]
)
async def test_a_name_that_cannot_be_a_level_of_a_topic_is_refused(main: LabWorld, name: str) -> None:
    assert await main.refused("POST", "/worlds", {"name": name}) == (409, "lab_refused", "bad_name")


async def test_a_name_in_use_is_refused(main: LabWorld) -> None:
    await main.open("march")

    assert await main.refused("POST", "/worlds", {"name": "march"}) == (409, "lab_refused", "world_exists")


async def test_one_of_several_simultaneous_requests_for_the_same_name_succeeds(main: LabWorld) -> None:
    answers = await asyncio.gather(*(main.call("POST", "/lab/worlds", {"name": "march"}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"cloud": {"trail_months": 1}}, "bad_settings"),
        ({"cloud": {"trial_months": -1}}, "bad_settings"),
        ({"carrier": {"activation_delay_ms": 1}}, "bad_settings"),
        ({"carrier": {"prefix": "mine"}}, "bad_settings"),
        ({"hub": {"boot": 1}}, "bad_settings"),
        ({"models": {"mine": {"name": "mine"}}}, "bad_settings"),
        ({"models": {"mine": {"name": "yours"}}}, "bad_settings"),
        ({"snapshot": "nowhere"}, "no_such_snapshot"),
        ({"colour": "red"}, ""),
        ({"start_ms": -1}, ""),
    ],
)
async def test_an_invalid_order_opens_no_world(
    main: LabWorld, server: Server, order: dict[str, object], reason: str
) -> None:
    status, _, reported = await main.refused("POST", "/worlds", order)

    assert status in {404, 409, 422}
    assert reported == reason
    assert list(server.host.worlds) == list(server.simulator.server.benches) == [""]
    assert files(server.settings.state) == []


async def test_a_world_over_the_limit_is_refused(main: LabWorld, server: Server) -> None:
    many = dict.fromkeys((f"w-{number}" for number in range(WORLDS_LIMIT)), server.host.worlds[""])
    server.host.worlds |= many
    try:
        refused = await main.refused("POST", "/worlds", {})
    finally:
        for name in many:
            del server.host.worlds[name]

    assert refused == (409, "lab_refused", "too_many_worlds")


async def test_settings_of_a_world_apply_only_to_it(main: LabWorld) -> None:
    slow = await main.open("slow", carrier={"activation_delay_ms": 600_000})
    quick = await main.open("quick", carrier={"activation_delay_ms": 5_000})
    for world in (slow, quick):
        await world.activate(await world.dealer_with_hub())

        await world.advance(by="PT1M")

    assert (await slow.get(f"/sims/{AJAX.iccid}"))["ordered"] == "active"
    assert (await quick.get(f"/sims/{AJAX.iccid}"))["profile"] == "active"


async def test_a_world_can_have_its_own_hub_models(main: LabWorld) -> None:
    model = {"name": "prototype", "sim_slots": 4, "generations": ["4G"], "ethernet": True, "wifi": False}
    world = await main.open(models={"prototype": model})

    await world.put(setup(HUB, model="prototype"))

    assert len((await world.hub())["shows"]["sims"]) == 4


# ------------------------------------------------------------------ in parallel


async def test_worlds_in_different_months_do_not_affect_each_other(main: LabWorld) -> None:
    spring = await main.open("spring", start_ms=JANUARY_MS + 60 * DAY_MS)
    autumn = await main.open("autumn", start_ms=JANUARY_MS + 250 * DAY_MS)
    dealers = [await world.dealer_with_hub() for world in (spring, autumn)]

    await spring.activate(dealers[0])
    await asyncio.gather(spring.advance(by="P45D"), autumn.advance(by="PT1H"))

    assert await spring.clock_ms() == JANUARY_MS + 105 * DAY_MS
    assert await autumn.clock_ms() == JANUARY_MS + 250 * DAY_MS + 3_600_000
    assert (await spring.hub())["app"]["tile"] == "activated"
    assert (await autumn.hub())["app"]["tile"] == "activation_required"
    assert (await spring.get("/invoices"))["invoices"] != []
    assert (await autumn.get("/invoices"))["invoices"] == []


async def test_a_session_is_valid_only_in_its_own_world(main: LabWorld) -> None:
    here, there = await main.open(), await main.open()
    owner = await here.owner("olga")

    answer = await there.call("GET", "/v1/session", token=owner.token)

    assert answer.status_code == 401


async def test_an_unknown_world_has_no_routes(main: LabWorld) -> None:
    nowhere = LabWorld(main.client, "nowhere")

    assert (await nowhere.refused("GET", "/clock"))[:2] == (404, "world_not_found")
    assert (await main.refused("DELETE", "/worlds/nowhere"))[:2] == (404, "not_on_bench")


# ------------------------------------------------------------------ reset and removed


async def test_a_reset_world_is_empty_and_keeps_its_clock(world: LabWorld, server: Server) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.advance(by="P40D")

    row = await world.send("POST", "/lab/reset")

    assert (row["world_ms"], row["held"]) == (JANUARY_MS + 40 * DAY_MS, True)
    assert (await world.get("/hubs"))["hubs"] == []
    assert (await world.get("/invoices"))["invoices"] == []
    prefix = f"{DEFAULT_PREFIX}/{world.name}"
    assert await retained(server, f"{prefix}/#") == [f"{prefix}/cloud/presence"]
    assert (await world.get(f"/sims/{AJAX.iccid}"))["profile"] == "inactive"


async def test_a_reset_world_can_be_used_again(world: LabWorld) -> None:
    await world.dealer_with_hub()
    await world.send("POST", "/lab/reset")

    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.advance(by="PT20M")

    seen = await world.hub()
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3


async def test_the_main_world_is_reset_to_the_fleet_it_was_started_with(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=2)) as server:
        main = LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        fleet = (await main.get("/hubs"))["hubs"]
        await main.put(setup(OTHER))
        await main.act(fleet[0]["id"], "power_off")

        await main.send("POST", "/lab/reset")
        again = (await main.get("/hubs"))["hubs"]

    ids = [each["id"] for each in fleet]
    assert ids == ["F0000001", "F0000002"]
    assert [(each["id"], each.get("powered", True)) for each in again] == [(each, True) for each in ids]


async def test_a_removed_world_leaves_no_data(world: LabWorld, server: Server, main: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.advance(by="PT20M")
    before = await retained(server, f"{DEFAULT_PREFIX}/{world.name}/#")

    await main.send("DELETE", f"/lab/worlds/{world.name}")

    assert len(before) == 4
    assert await retained(server, f"{DEFAULT_PREFIX}/{world.name}/#") == []
    assert files(server.settings.state) == []
    assert list(server.simulator.server.benches) == [""]
    assert list(await server.simulator.server._store.load()) == [""]
    assert (await world.refused("GET", "/clock"))[:2] == (404, "world_not_found")


async def test_a_world_can_be_removed_without_a_simulator(
    world: LabWorld, server: Server, main: LabWorld
) -> None:
    await world.put(setup(HUB))
    await server.simulator.stop()

    await main.send("DELETE", f"/lab/worlds/{world.name}")

    assert list(server.host.worlds) == [""]
    assert files(server.settings.state) == []


async def test_the_main_world_cannot_be_removed(main: LabWorld) -> None:
    answer = await main.call("DELETE", "/lab/worlds/")

    assert not answer.is_success
    assert (await main.get("/worlds"))["worlds"][0]["name"] == ""


async def test_a_request_to_a_world_that_is_removed_meanwhile_is_refused(
    world: LabWorld, main: LabWorld
) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)

    moving = asyncio.create_task(world.call("POST", "/lab/clock/advance", {"by": "P30D"}))
    await world.get("/clock")
    removing = asyncio.create_task(main.call("DELETE", f"/lab/worlds/{world.name}"))
    await world.get("/clock")
    waiting = await world.call("POST", "/lab/settle")

    assert (await moving).status_code in {200, 404}
    assert (await removing).status_code == 204
    assert waiting.status_code in {200, 404}
    assert (await world.refused("GET", "/clock"))[:2] == (404, "world_not_found")


async def test_a_move_of_a_world_that_is_restored_meanwhile_does_not_move_the_new_one(
    world: LabWorld, server: Server
) -> None:
    await world.send("POST", "/lab/snapshots", {"name": "begin"})
    await world.dealer_with_hub()
    await world.advance(by="P1D")

    answers = await asyncio.gather(
        world.call("POST", "/lab/snapshots/begin/restore"),
        *(world.call("POST", "/lab/clock/advance", {"by": "P1D"}) for _ in range(4)),
    )
    await world.settle()

    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    bench = server.simulator.server.benches[world.name]
    assert bench.clock.world_ms() == await world.clock_ms()


# ------------------------------------------------------------------ idle worlds and restarts


async def test_an_unused_world_is_removed_after_a_time(main: LabWorld, server: Server) -> None:
    unused, used = await main.open("unused"), await main.open("used")
    link = LabLink(
        lambda deliver: AiomqttPort(server.broker, deliver, "second lab"), LabTopics(DEFAULT_PREFIX), _now
    )
    world_manager = WorldManager(
        server.host,
        link,
        lambda deliver: AiomqttPort(server.broker, deliver, "third-party"),
        LabTopics(DEFAULT_PREFIX),
        server.settings.state,
        WorldPlan(prefix=DEFAULT_PREFIX),
        idle_minutes=60,
        snapshot_limit=1,
    )
    running = asyncio.create_task(world_manager.run())
    try:
        for name in ("", "unused", "used"):
            server.host.worlds[name].used_at = time.monotonic() - 61 * 60
        await used.get("/clock")

        await world_manager.reap()
    finally:
        running.cancel()
        await asyncio.wait({running})
        await world_manager.aclose()

    assert list(server.host.worlds) == ["", "used"]
    assert list(server.simulator.server.benches) == ["", "used"]
    assert (await unused.refused("GET", "/clock"))[:2] == (404, "world_not_found")


async def test_worlds_are_restored_after_a_restart_of_the_server(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path)) as server:
        main = LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        world = await main.open("march", carrier={"activation_delay_ms": 600_000})
        dealer = await world.dealer_with_hub()
        await world.advance(by="P3D")
        await world.activate(dealer)
        await world.settle()

    async with serving(server_settings(tmp_path)) as server:
        again = LabWorld(server.client, "march")
        clock = await again.settle()
        session = await again.send("GET", "/v1/session", token=dealer.token)
        before = (await again.get(f"/sims/{AJAX.iccid}"))["ordered"]
        await again.advance(by="PT10M")
        seen, card = await again.hub(), await again.get(f"/sims/{AJAX.iccid}")

    assert (clock["world_ms"], clock["held"]) == (JANUARY_MS + 3 * DAY_MS, True)
    assert session["account"] == dealer.company
    assert (before, card["profile"]) == ("active", "active")
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
