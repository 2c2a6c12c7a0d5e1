"""kill -9 of simulator and broker in a storm: no confirmed state is lost, and all processes reconnect."""

import asyncio
from pathlib import Path

import aiomqtt
import pytest
from storm_checks import (
    check_converged,
    check_facts,
    check_histories,
    check_versions,
    memory_of,
    stored,
)
from storm_line import Json, Line, line_to
from storm_site import BOUND_S, Site, opened
from storm_users import Users, new_rng

from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.messages import Desired, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

pytestmark = pytest.mark.live
HUBS = [f"F000000{number}" for number in range(1, 7)]
TOPICS = Topics()
BENCH_ACTIONS: tuple[tuple[Json, ...], ...] = (
    ({"do": "set_lid", "open": True}, {"do": "plug", "link": "wifi"}, {"do": "unplug", "link": "ethernet"}),
    ({"do": "set_lid", "open": False}, {"do": "plug", "link": "ethernet"}, {"do": "unplug", "link": "wifi"}),
)
"""The actions on each hub before the simulator is killed the first and the second time."""


async def setups(line: Line) -> dict[str, Json]:
    """Return the setup of each hub on the bench."""
    return {setup["id"]: setup for setup in (await line.lab("GET", "/hubs"))["hubs"]}


async def executed(line: Line) -> dict[str, int]:
    """Return the last order of each card that the carrier has executed."""
    cards = [setup["slots"]["1"]["iccid"] for setup in (await setups(line)).values()]
    return {card: (await line.lab("GET", f"/sims/{card}"))["executed_sequence"] for card in cards}


def without_flash(found: dict[str, Json]) -> dict[str, Json]:
    """Return the fields that only bench actions change."""
    return {hub: {name: setup[name] for name in setup if name != "flash"} for hub, setup in found.items()}


async def test_a_killed_simulator_keeps_cards_bench_actions_boots_and_confirmed_orders(
    tmp_path: Path,
) -> None:
    rng = new_rng()
    async with opened(tmp_path) as site:
        await site.broker()
        simulator = await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))

            await line.lab("POST", "/clock/advance", {"by": "P40D"})

            async def kill_repeatedly() -> None:
                nonlocal simulator
                for bench_actions in BENCH_ACTIONS:
                    await line.answered(rng.randint(50, 150))
                    for hub in HUBS:
                        for action in bench_actions:
                            await line.lab("POST", f"/hubs/{hub}/actions", {"action": action})
                    before, confirmed = await setups(line), await executed(line)
                    world_s = (await line.lab("GET", "/clock"))["world_ms"] // 1_000
                    await simulator.kill()
                    simulator = await site.simulator(len(HUBS))
                    after = await setups(line)
                    assert without_flash(after) == without_flash(before)
                    assert all(memory_of(after[hub]).boot > memory_of(before[hub]).boot for hub in HUBS)
                    assert all(memory_of(after[hub]).boot >= world_s for hub in HUBS), "its clock moved back"
                    assert all(
                        sequence >= confirmed[card] for card, sequence in (await executed(line)).items()
                    )

            await users.act_during(kill_repeatedly)
            await check_histories(line, users.record)
            await check_converged(line, HUBS)
            found = await setups(line)
        cloud.terminate()
        assert await cloud.end() == 0
        kept = await stored(site.state)
    check_facts(kept.facts, users.record)
    check_versions(kept.engine, list(found.values()))


async def retained(site: Site) -> dict[str, tuple[int, int, bool]]:
    """Return the retained state of each hub: desired version, applied version, presence."""
    found: dict[str, dict[MessageKind, Desired | Reported | Presence]] = {}
    kinds = (MessageKind.DESIRED, MessageKind.REPORTED, MessageKind.PRESENCE)
    async with aiomqtt.Client("127.0.0.1", site.mqtt_port, timeout=BOUND_S) as client:
        for kind in kinds:
            await client.subscribe(TOPICS.of(kind, "+"), qos=1)
        async for message in client.messages:
            address = TOPICS.read(message.topic.value)
            assert address is not None
            assert isinstance(message.payload, bytes)
            document = decode(address.kind, message.payload)
            assert isinstance(document, Desired | Reported | Presence)
            found.setdefault(address.subject, {})[address.kind] = document
            if len(found) == len(HUBS) and all(len(each) == len(kinds) for each in found.values()):
                break
    return {
        hub: (
            each[MessageKind.DESIRED].version,
            each[MessageKind.REPORTED].applied_version,
            each[MessageKind.PRESENCE].online,
        )  # type: ignore[union-attr]
        for hub, each in found.items()
    }


async def test_a_killed_broker_without_its_state_receives_all_of_it_again(tmp_path: Path) -> None:
    rng = new_rng()
    async with opened(tmp_path) as site:
        broker = await site.broker()
        await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))

            async def kill_broker() -> None:
                nonlocal broker
                await line.answered(rng.randint(150, 250))
                await broker.kill()
                broker = await site.broker()
                await line.answered(50)

            await users.act_during(kill_broker)
            await line.ready()
            await check_histories(line, users.record)
            await check_converged(line, HUBS)
            await broker.kill()
            await site.broker()
            await line.ready()
            await check_converged(line, HUBS)
            async with asyncio.timeout(BOUND_S):
                on_broker = await retained(site)
            found = await setups(line)
        cloud.terminate()
        assert await cloud.end() == 0
        kept = await stored(site.state)
    check_facts(kept.facts, users.record)
    check_versions(kept.engine, list(found.values()))
    assert on_broker == {hub: (version := kept.engine.state.hubs[hub].version, version, True) for hub in HUBS}
