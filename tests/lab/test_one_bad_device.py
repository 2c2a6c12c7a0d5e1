"""A device that breaks every bound, among ten good hubs on the same broker and cloud."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from lab_play import LabWorld, Person
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

from hubsim_cloud.domain.facts import Fact, VersionOvertaken
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.hub_bounds import OVERTAKING_BOUND, REPORTS_BOUND
from hubsim_contract.wire.messages import Hardware, Presence, Reported
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind, Topics

pytestmark = pytest.mark.live

BAD = "0BADBAD0"
GOOD_HUBS = 10
REPORTS = 2_000
LIMIT_S = 60
TOPICS = Topics(DEFAULT_PREFIX)
GREATEST = 2**53 - 1


@asynccontextmanager
async def device(server: Server, client_id: str = f"hub-{BAD}") -> AsyncIterator[aiomqtt.Client]:
    """Connect as a device, without a will."""
    address = server.broker.host, server.broker.port
    async with aiomqtt.Client(*address, identifier=client_id, clean_session=True) as client:
        yield client


async def until_taken(world: CloudWorld) -> None:
    """Wait until the cloud has handled everything that it has received."""
    async with asyncio.timeout(LIMIT_S):
        await world.until(lambda: world.service.idle)


def report(sequence: int, applied: int, connection: int = 1) -> bytes:
    return encode(
        Reported(
            hub=BAD,
            boot=1,
            sequence=sequence,
            connection=connection,
            applied_version=applied,
            hardware=Hardware(model="hub-2", firmware="1"),
        )
    )


async def arms(world: CloudWorld, dealer: Person, hub: str) -> None:
    """Arm a good hub, and wait until it has reported that it is armed."""
    await dealer.send("PUT", f"/hubs/{hub}/arming", {})
    async with asyncio.timeout(LIMIT_S):
        await world.until(lambda: _armed(world, hub))


def _armed(world: CloudWorld, hub: str) -> bool:
    device = world.engine.state.devices.get(hub)
    return device is not None and device.reported is not None and device.reported.armed


def facts_about(log: list[Fact], hub: str) -> list[Fact]:
    return [fact for fact in log if getattr(fact, "hub", "") == hub]


async def test_a_flood_of_one_device_is_bounded_and_its_neighbours_notice_nothing(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=GOOD_HUBS)) as server:
        world, lab = server.host.get(""), LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        dealer = await lab.dealer()
        good = [setup["id"] for setup in (await lab.get("/hubs"))["hubs"]]
        for hub in good:
            await lab.add_hub(dealer, hub)

        async def floods() -> None:
            async with device(server) as client:
                for number in range(1, REPORTS + 1):
                    topic = TOPICS.of(MessageKind.REPORTED, BAD)
                    await client.publish(topic, report(number, 1_000 * number), qos=1, retain=True)

        async with asyncio.TaskGroup() as group:
            group.create_task(floods())
            for hub in good:
                group.create_task(arms(world, dealer, hub))
        await until_taken(world)
        shown = (await lab.operates("GET", f"/hubs/{BAD}/device")).json()
        metrics = (await lab.call("GET", "/metrics")).text

    written = facts_about(world.engine.log, BAD)
    assert 0 < len(written) < REPORTS_BOUND.burst
    assert sum(isinstance(fact, VersionOvertaken) for fact in written) <= 2 * OVERTAKING_BOUND.burst
    assert shown["rules"]["MQ-10.rate"] > 0
    assert shown["outcomes"]["refused"] > REPORTS / 2
    assert {hub for hub, _, _ in world.watch.findings()} == {BAD}
    assert f'hubsim_cloud_hub_findings_total{{hub="{BAD}",rule="MQ-10.rate"}}' in metrics


async def test_one_presence_with_the_greatest_boot_does_not_take_a_hub_offline(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=1)) as server:
        world, lab = server.host.get(""), LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        (setup,) = (await lab.get("/hubs"))["hubs"]
        hub = setup["id"]
        async with asyncio.timeout(LIMIT_S):
            await world.until(lambda: hub in world.engine.state.devices)
        topic = TOPICS.of(MessageKind.PRESENCE, hub)

        async with device(server, "stranger") as client:
            wrong = Presence(hub=hub, online=False, boot=GREATEST, connection=1)
            await client.publish(topic, encode(wrong), qos=1, retain=True)
            async with asyncio.timeout(LIMIT_S):
                await world.until(lambda: world.engine.refused["MQ-2.boot"] > 0)
            plausible = Presence(hub=hub, online=False, boot=4_000_000_000, connection=1)
            before = world.engine.state.devices[hub].online
            await client.publish(topic, encode(plausible), qos=1, retain=True)
            async with asyncio.timeout(LIMIT_S):
                await world.until(lambda: not world.engine.state.devices[hub].online)

        dealer = await lab.dealer()
        await lab.add_hub(dealer, hub)
        forgotten = await lab.operates("DELETE", f"/hubs/{hub}/device")
        async with asyncio.timeout(LIMIT_S):
            await world.until(lambda: world.engine.state.devices[hub].online)
        history = await dealer.send("GET", f"/hubs/{hub}/history")

    assert before
    assert forgotten.status_code == 204
    assert [row["fact"] for row in history["rows"]].count("device_forgotten") == 1


async def test_the_watch_shows_what_only_the_broker_sees(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path), simulated=False) as server:
        world, lab = server.host.get(""), LabWorld(server.client, operator_token=OPERATOR_TOKEN)

        async with device(server) as first:
            await first.subscribe("hubsim/v1/#", qos=1)
            await first.publish(TOPICS.of(MessageKind.REPORTED, BAD), report(1, 0), qos=0, retain=False)
            async with asyncio.timeout(LIMIT_S):
                await world.until(lambda: BAD in world.engine.state.devices)
            async with device(server):
                pass
        shown = await lab.get(f"/hubs/{BAD}")

    seen = [
        (each["verdict"]["about"], [finding["rule"] for finding in each["verdict"]["findings"]])
        for each in shown["messages"]["verdicts"]
    ]
    assert ("will", ["MQ-6.will"]) in seen
    assert ("subscription", ["MQ-7.filters"]) in seen
    assert ("publication", ["MQ-7.qos", "MQ-7.retain"]) in seen
    assert ("takeover", []) in seen
    assert ("reported", ["MQ-3.presence", "MQ-7.qos"]) in seen
    assert (shown["shows"], shown["setup"]) == (None, None)
    assert shown["messages"]["device"]["summary"]["sequence"] == 1
