"""The lab's own messages: invalid bytes change nothing, and every readable request gets a response."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from drawn import examples, values_of
from garbage import random_bytes
from hypothesis import strategies as st
from whole_server import BOUND_S, WholeServer, whole_server

from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import AnyBenchAction, CardKind, HubSetup
from hubsim_contract.lab.protocol import (
    PAYLOAD_BYTES_MAX,
    AnyRequest,
    BenchAnswer,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    ShowWorld,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_simulator.hardware.cards import make_card, make_imei

pytestmark = pytest.mark.live
LAB = LabTopics()
HUB = "F0000001"
"""The hub that `hubs=1` puts on the bench."""
CLOCK = {"world_ms": 1_768_464_000_000, "held": True}
SETUP = msgspec.to_builtins(
    HubSetup(id="0000AA09", imei=make_imei(9), model="hub-2-plus", slots={1: make_card(CardKind.AJAX, 9)}),
    str_keys=True,
)
MODEL = {"name": "mine", "sim_slots": 1, "generations": ["4G"], "ethernet": True, "wifi": False}


OPEN = {"ask": "open_world", "world": "w", "clock": CLOCK}
IMPOSSIBLE: tuple[tuple[dict[str, Any], str], ...] = (
    (OPEN | {"world": "a/b"}, "cannot"),
    (OPEN | {"world": "+"}, "cannot"),
    (OPEN | {"world": "hubs"}, "cannot"),
    (OPEN | {"carrier": {"cut_delay_ms": -1}}, "bad_settings"),
    (OPEN | {"carrier": {"cut_delay": 1}}, "bad_settings"),
    (OPEN | {"hub": {"boot_ms": "x"}}, "bad_settings"),
    (OPEN | {"models": {"x": {}}}, "bad_settings"),
    (OPEN | {"models": {"other": MODEL}}, "bad_settings"),
    (OPEN | {"bench": {"carrier": "AAAA"}}, "cannot"),
    (OPEN | {"bench": {"hubs": [SETUP, SETUP]}}, "cannot"),
    (OPEN | {"bench": {"hubs": [SETUP | {"id": "x"}]}}, "cannot"),
    (OPEN | {"bench": {"hubs": [SETUP | {"model": "x"}]}}, "cannot"),
    (OPEN | {"bench": {"hubs": [SETUP | {"links": ["x"]}]}}, "cannot"),
    ({"ask": "put_hub", "world": "w", "setup": SETUP}, "no_such_world"),
    ({"ask": "put_hub", "setup": SETUP | {"id": HUB}}, "hub_exists"),
    ({"ask": "put_hub", "setup": SETUP | {"id": "carrier"}}, "cannot"),
    ({"ask": "put_hub", "setup": SETUP | {"links": ["ethernet", "ethernet"]}}, "already_plugged"),
    ({"ask": "sync", "world": "w", "clock": CLOCK}, "no_such_world"),
    ({"ask": "save_bench", "world": "\0"}, "no_such_world"),
)
UNREADABLE: tuple[dict[str, Any], ...] = (
    {"ask": "dance"},
    {"ask": "put_hub"},
    {"ask": "put_hub", "setup": SETUP | {"battery_percent": 101}},
    {"ask": "put_hub", "setup": SETUP | {"battery_percent": 10**400}},
    {"ask": "put_hub", "setup": SETUP | {"flash": "!"}},
    OPEN | {"clock": {"world_ms": -1, "held": True}},
    OPEN | {"clock": {"world_ms": 10**400, "held": False}},
    OPEN | {"bench": {"carrier": 1}},
    {"ask": "arm_fault", "fault": {"fault": "delay", "message": "desired", "by": 10**400}},
    {"ask": "arm_fault", "fault": {"fault": "delay", "message": "desired", "by": -1}},
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WholeServer]:
    async with whole_server(tmp_path, hubs=1) as found:
        await found.until_in_reach("", HUB)
        await found.applied("hubsim/v1", HUB, "not_available")
        yield found


class LabClient:
    """A third party that sends requests to the simulator, and waits for the responses."""

    def __init__(self, server: WholeServer) -> None:
        self._server = server
        self._number = 0

    async def ask(self, what: Any) -> LabAnswer | None:
        """Return the response; None for a request that the simulator counts as unreadable."""
        self._number += 1
        refused, number = self._server.simulator.refused_messages, self._number
        payload = msgspec.json.encode({"asker": "third-party", "number": number, "what": what})
        await self._server.third_party.publish(LAB.requests, payload)
        if not _can_be_read(payload):
            await self._server.wait_until_simulator(
                lambda: self._server.simulator.refused_messages == refused + 1
            )
            return None
        await self._server.third_party.until(lambda: self._answer(number) is not None)
        return self._answer(number)

    def _answer(self, number: int) -> LabAnswer | None:
        payload = self._server.third_party.last(LAB.answers)
        answered = None if payload is None else decode_lab(LabAnswer, payload)
        return answered if answered is not None and answered.number == number else None


def _can_be_read(payload: bytes) -> bool:
    try:
        decode_lab(NumberedRequest, payload)
    except InvalidPayload:
        return False
    return True


def bench_of_main(server: WholeServer) -> tuple[Any, ...]:
    bench = server.bench("")
    hub = bench.fleet.hubs[HUB]
    return (tuple(bench.fleet.hubs), hub.hardware.snapshot(), hub.face, bench.fleet.carrier.memory())


async def test_invalid_bytes_on_the_labs_topics_are_counted_and_change_nothing(server: WholeServer) -> None:
    before, rubbish = bench_of_main(server), random_bytes()
    for_desk = (LAB.requests, LAB.presence, LAB.bench_actions("", HUB), LAB.bench_actions("nowhere", "zz"))
    for_cloud = (LAB.answers, LAB.bench_answers("", HUB), LAB.bench_answers("nowhere", "zz"))
    for_nobody = (f"{LAB.requests}/x", "hubsim/v1/lab", f"hubsim/v1/bench/{HUB}", "hubsim/v1/bench/actions")

    for topic in (*for_cloud, *for_nobody, *for_desk):
        await server.third_party.publish(topic, *rubbish)
    await server.wait_until_simulator(
        lambda: server.simulator.refused_messages == len(for_desk) * len(rubbish)
    )

    assert bench_of_main(server) == before
    seen = await server.anonymous().get("/lab/hubs")
    assert [hub["id"] for hub in seen["hubs"]] == [HUB]
    await server.anonymous().do(
        "POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "set_lid", "open": True}}
    )
    assert server.bench("").fleet.hubs[HUB].hardware.snapshot().lid_open


async def test_a_corrupt_presence_is_corrected_for_the_next_subscriber(server: WholeServer) -> None:
    await server.third_party.publish(LAB.presence, b"rubbish", retain=True)
    await server.third_party.until(lambda: _is_there(server.third_party.last(LAB.presence)))
    await server.third_party.publish(LAB.presence, b"", retain=True)
    await server.third_party.until(lambda: _is_there(server.third_party.last(LAB.presence)))
    link = LabLink(lambda deliver: AiomqttPort(server.url, deliver, "newcomer"), LAB, lambda: Now(0, 0))
    running = asyncio.create_task(link.run())

    try:
        async with asyncio.timeout(BOUND_S):
            assert await link.has_simulator()
            answered = await link.ask(ShowWorld(hubs=None))
    finally:
        running.cancel()
        await link.aclose()
        await asyncio.wait({running})

    assert answered.shown is not None
    assert list(answered.shown.hubs) == [HUB]


def _is_there(payload: bytes | None) -> bool:
    try:
        return decode_lab(SimulatorPresence, payload or b"").online
    except InvalidPayload:
        return False


async def test_responses_to_other_clients_or_unknown_requests_are_ignored(server: WholeServer) -> None:
    for number in range(1, 40):
        lies = LabAnswer(asker="third-party", number=number, refused="cannot", text="a lie")
        await server.third_party.publish(LAB.answers, encode_lab(lies))
        await server.third_party.publish(
            LAB.bench_answers("", HUB), encode_lab(BenchAnswer(f"x-{number}", "cannot"))
        )

    seen = await server.anonymous().get("/lab/hubs")

    assert [hub["id"] for hub in seen["hubs"]] == [HUB]
    await server.anonymous().do("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "restart"}})


async def test_impossible_requests_are_refused_and_change_nothing(server: WholeServer) -> None:
    client, before = LabClient(server), bench_of_main(server)

    answers = [await client.ask(what) for what, _ in IMPOSSIBLE]

    assert [answered and answered.refused for answered in answers] == [refused for _, refused in IMPOSSIBLE]
    assert all(answered and answered.text for answered in answers)
    assert bench_of_main(server) == before
    assert list(server.simulator.benches) == [""]


async def test_unreadable_requests_are_counted_and_change_nothing(server: WholeServer) -> None:
    client, before = LabClient(server), bench_of_main(server)

    answers = [await client.ask(what) for what in UNREADABLE]

    assert answers == [None] * len(UNREADABLE)
    assert server.simulator.refused_messages == len(UNREADABLE)
    assert bench_of_main(server) == before


async def test_a_failed_restart_of_a_world_does_not_change_it(server: WholeServer) -> None:
    client = LabClient(server)
    opened = {"ask": "open_world", "world": "w", "clock": CLOCK, "bench": {"hubs": [SETUP]}}
    await client.ask(opened)

    answered = await client.ask(opened | {"bench": {"hubs": [SETUP, SETUP]}})

    assert answered is not None
    assert answered.refused == "cannot"
    assert list(server.bench("w").fleet.hubs) == ["0000AA09"]


async def test_every_readable_request_gets_a_response_and_the_simulator_continues(
    server: WholeServer,
) -> None:
    client, before = LabClient(server), bench_of_main(server)
    worlds = ("target", "target", "nowhere", "a/b", "+", "\0")
    requests = examples(st.tuples(values_of(AnyRequest), st.sampled_from(worlds)), 150)

    answered = []
    for what, world in requests:
        answered.append(await client.ask(what | {"world": world}))
        await client.ask({"ask": "open_world", "world": "target", "clock": CLOCK})

    read = [each for each in answered if each is not None]
    assert len(read) > len(requests) / 3
    assert {each.refused is None for each in read} == {True, False}
    assert bench_of_main(server) == before
    assert (await server.anonymous().get("/health/ready"))["ready"]


async def test_every_bench_action_gets_a_response(server: WholeServer) -> None:
    tried = examples(values_of(AnyBenchAction), 150)

    for number, action in enumerate(tried):
        payload = msgspec.json.encode({"number": str(number), "action": action})
        await server.third_party.publish(LAB.bench_actions("", HUB), payload)
    await server.third_party.publish(
        LAB.bench_actions("", HUB), b'{"number": "last", "action": {"do": "power_on"}}'
    )
    await server.third_party.until(
        lambda: b'"last"' in (server.third_party.last(LAB.bench_answers("", HUB)) or b"")
    )

    answers = sum(each.topic == LAB.bench_answers("", HUB) for each in server.third_party.received)
    assert answers + server.simulator.refused_messages == len(tried) + 1
    assert answers > len(tried) / 2


def test_a_saved_bench_past_the_limit_is_refused_unread() -> None:
    payload = b"[" * (PAYLOAD_BYTES_MAX + 1)

    with pytest.raises(InvalidPayload, match="bytes are more than"):
        decode_lab(NumberedRequest, payload)
