"""The guard of amqtt beyond the access table: takeovers, counters, a new keyring."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from gate import HUB, KEYRING, NOT_AUTHORISED, OTHER, Gate, P, gate_of, guarded_amqtt
from held_port import held_port
from raw_mqtt import BOUND_S, RawClient

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.guard import Guard, LoginRefused

pytestmark = pytest.mark.live
OWN, FOREIGN = f"{P}/hubs/{HUB}", f"{P}/hubs/{OTHER}"


@pytest.fixture
async def guarded() -> AsyncIterator[tuple[Gate, Guard]]:
    broker, guard = guarded_amqtt()
    async with gate_of(broker) as gate:
        yield gate, guard


Guarded = tuple[Gate, Guard]


@pytest.mark.parametrize("clean", [True, False])
async def test_a_rejected_client_does_not_disturb_the_client_whose_id_it_uses(
    guarded: Guarded, clean: bool
) -> None:
    gate, _ = guarded
    cloud = await gate.connect("cloud", client_id="cloud", clean=clean)
    await cloud.subscribe((f"{P}/hubs/+/reported",))
    hub = await gate.connect(HUB)

    rejected = await gate.try_connect("cloud", "wrong-wrong-wrong", client_id="cloud", clean=clean)
    await hub.publish(f"{OWN}/reported", b"still delivered")
    await cloud.arrived(lambda got: got.payload == b"still delivered")
    await cloud.publish(f"{OWN}/desired", b"still allowed", retain=True)
    await hub.subscribe((f"{OWN}/desired",))

    await hub.arrived(lambda got: got.payload == b"still allowed")
    assert rejected.code == NOT_AUTHORISED


async def test_the_will_of_a_rejected_client_does_not_replace_another(guarded: Guarded) -> None:
    gate, _ = guarded
    watcher = await gate.watcher()
    hub = await gate.connect(HUB, Will(f"{OWN}/presence", b"offline"), client_id=f"hub-{HUB}", clean=False)

    await gate.try_connect(
        HUB, "wrong-wrong-wrong", Will(f"{OWN}/presence", b"forged"), f"hub-{HUB}", clean=False
    )
    hub.kill()
    await watcher.arrived(lambda got: got.topic == f"{OWN}/presence")

    assert [got.payload for got in watcher.arrivals] == [b"offline"]


@pytest.mark.parametrize("clean", [True, False])
async def test_a_session_does_not_pass_from_one_user_to_another(guarded: Guarded, clean: bool) -> None:
    gate, _ = guarded
    simulated = await gate.connect("simulator", client_id=f"hub-{HUB}", clean=False)
    await simulated.subscribe((f"{FOREIGN}/desired",))
    cloud = await gate.connect("cloud")

    newer = await gate.connect(HUB, client_id=f"hub-{HUB}", clean=clean)
    await simulated.end()
    await cloud.publish(f"{FOREIGN}/desired", b"secret", retain=True)
    await newer.subscribe((f"{OWN}/desired",))
    await cloud.publish(f"{OWN}/desired", b"marker")
    await newer.arrived(lambda got: got.payload == b"marker")

    assert [got.payload for got in newer.arrivals] == [b"marker"]


async def test_a_session_that_was_taken_over_has_no_handler() -> None:
    broker, _ = guarded_amqtt()
    async with gate_of(broker) as gate:
        running = broker._broker
        assert running is not None
        await gate.connect("simulator", client_id=f"hub-{HUB}")
        old, _ = running._sessions[f"hub-{HUB}"]

        await gate.connect(HUB, client_id=f"hub-{HUB}")
        new, handler = running._sessions[f"hub-{HUB}"]

        assert running._get_handler(old) is None
        assert running._get_handler(new) is handler


async def test_refusals_are_counted_by_reason(guarded: Guarded) -> None:
    gate, guard = guarded
    await gate.try_connect(HUB, "wrong-wrong-wrong")
    await gate.try_connect("nobody", None)
    hub = await gate.connect(HUB, Will(f"{FOREIGN}/presence", b"forged"))

    await hub.subscribe(("#", f"{OWN}/desired"))
    for _ in range(3):
        await hub.publish(f"{FOREIGN}/events", b"forged")
    await hub.ping()
    cloud = await gate.connect("cloud")
    await cloud.publish(f"{OWN}/desired", b"marker")
    await hub.arrived(lambda got: got.payload == b"marker")

    assert guard.refused == {
        LoginRefused.CREDENTIALS: 2,
        LoginRefused.WILL: 1,
        LoginRefused.SUBSCRIBE: 1,
        LoginRefused.PUBLISH: 3,
    }


async def test_a_hub_that_is_revoked_while_connected_loses_all_access(guarded: Guarded) -> None:
    gate, guard = guarded
    watcher, hub, cloud = await gate.watcher(), await gate.connect(HUB), await gate.connect("cloud")
    await hub.subscribe((f"{OWN}/desired",))

    guard.renew(KEYRING.without([HUB]))
    await hub.publish(f"{OWN}/reported", b"from the revoked")
    await cloud.publish(f"{OWN}/desired", b"for the revoked")
    await watcher.arrived(lambda got: got.payload == b"for the revoked")
    await hub.ping()
    late = await gate.try_connect(HUB, KEYRING.password(HUB))

    assert late.code == NOT_AUTHORISED
    assert hub.arrivals == []
    assert [got.payload for got in watcher.arrivals] == [b"for the revoked"]


async def test_sessions_are_dropped_as_without_a_guard(guarded: Guarded) -> None:
    gate, _ = guarded
    before = await gate.connect("cloud", client_id="cloud", clean=False)
    await before.subscribe((f"{P}/hubs/+/events",))
    hub = await gate.connect(HUB)

    await before.disconnect()
    await hub.publish(f"{OWN}/events", b"no client is there")
    after = RawClient()
    present = True
    async with asyncio.timeout(BOUND_S):
        while present:  # amqtt drops the session within a second
            after = await gate.connect("cloud", client_id="cloud", clean=False)
            present = after.present
            await after.disconnect()

    assert after.arrivals == []


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\xff",
        b"\x10\x0c\x00\x04MQTT\x04\xc2\x00\x3c\x00\x05",
        b"\x10\x12\x00\x04MQTT\x04\x82\x00\x3c\x00\x02id\x00\x02\xff\xfe",
        b"\x30\x03\x00\x01a",
    ],
)
async def test_invalid_bytes_before_a_connect_have_no_effect(guarded: Guarded, data: bytes) -> None:
    gate, _ = guarded
    errors = list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    client = RawClient()
    await client.open(gate.port)

    await client.send_raw(data)
    await (await gate.connect(HUB)).ping()

    assert errors == []


async def test_a_client_without_a_connect_packet_is_disconnected() -> None:
    # amqtt is imported here, because the import takes half a second and only this test needs it
    from hubsim_simulator.broker.repaired_amqtt import RepairedBroker  # noqa: PLC0415

    with held_port() as port:
        broker = RepairedBroker({"bind": f"127.0.0.1:{port}"}, Guard(KEYRING), connect_timeout_s=0.01)
        await broker.start()
        silent = RawClient()
        await silent.open(port)

        await silent.end()

        await broker.shutdown()


async def test_no_log_contains_a_password(guarded: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    gate, _ = guarded
    caplog.set_level(logging.DEBUG)

    await gate.connect(HUB)
    await gate.try_connect(HUB, "wrong-wrong-wrong")

    assert KEYRING.password(HUB) not in caplog.text
    assert "wrong-wrong-wrong" not in caplog.text
