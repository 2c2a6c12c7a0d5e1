"""A private Mosquitto that this process starts, stops, crashes and restarts."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from raw_mqtt import RawClient

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerNotInstalled, BrokerStateError, PortTaken
from hubsim_simulator.broker.model import BrokerModel, ShutdownKind
from hubsim_simulator.broker.mosquitto import MosquittoBroker, mosquitto_program
from hubsim_simulator.broker.outputs import Deliver

pytestmark = pytest.mark.mosquitto


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[MosquittoBroker]:
    broker = MosquittoBroker(store=tmp_path)
    await broker.start()
    yield broker
    await broker.stop()


async def retained_after(broker: MosquittoBroker) -> list[bytes]:
    """Return the retained messages that a new client receives on topic `t`."""
    late = RawClient()
    await late.connect(broker.port, "late")
    await late.subscribe(("t",))
    await late.ping()
    late.kill()
    return [got.payload for got in late.arrivals]


async def test_a_graceful_stop_sends_the_wills_of_all(broker: MosquittoBroker) -> None:
    model = BrokerModel()
    one, two = RawClient(), RawClient()
    for conn, (name, client) in enumerate({"one": one, "two": two}.items()):
        will = Will(f"will/{name}", name.encode())
        await client.connect(broker.port, name, will=will)
        await client.subscribe(("will/+",))
        model.connect(conn, name, True, 60, will)
        model.subscribe(conn, ("will/+",))

    outputs = model.shutdown(ShutdownKind.TERMINATE)
    await broker.stop()

    for conn, client in enumerate((one, two)):
        await client.end()
        expected = {each.payload for each in outputs if isinstance(each, Deliver) and each.conn == conn}
        assert {got.payload for got in client.arrivals} == expected == {b"one", b"two"}


async def test_a_crash_sends_no_will(broker: MosquittoBroker) -> None:
    watcher, hub = RawClient(), RawClient()
    await watcher.connect(broker.port, "watcher")
    await watcher.subscribe(("will",))
    await hub.connect(broker.port, "hub", will=Will("will", b"offline"))

    await broker.crash()
    await watcher.end()
    await hub.end()

    assert watcher.arrivals == []


async def test_with_a_store_messages_and_persistent_sessions_survive_a_restart(
    broker: MosquittoBroker,
) -> None:
    hub, cloud = RawClient(), RawClient()
    await hub.connect(broker.port, "hub", clean=False)
    await hub.subscribe(("t",))
    await hub.disconnect()
    await cloud.connect(broker.port, "cloud")
    await cloud.publish("t", b"kept", retain=True)
    cloud.kill()
    url = broker.url

    await broker.restart()
    again = RawClient()
    present = await again.connect(broker.port, "hub", clean=False)
    await again.arrived(lambda got: got.payload == b"kept")
    again.kill()

    assert present
    assert broker.url == url
    assert await retained_after(broker) == [b"kept"]


async def test_without_a_store_a_restart_loses_all_state() -> None:
    broker = MosquittoBroker()
    await broker.start()
    cloud = RawClient()
    await cloud.connect(broker.port, "cloud")
    await cloud.publish("t", b"gone", retain=True)
    cloud.kill()

    await broker.restart()

    assert await retained_after(broker) == []
    await broker.stop()


async def test_the_error_names_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1 is taken"):
            await MosquittoBroker(port).start()


def test_the_error_without_mosquitto_explains_the_installation(tmp_path: Path) -> None:
    with pytest.raises(BrokerNotInstalled, match="apt-get install -y mosquitto"):
        mosquitto_program(str(tmp_path))


async def test_the_error_of_a_failed_start_contains_the_output_of_mosquitto(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("#!/bin/sh\necho unsupported machine >&2\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)

    with pytest.raises(BrokerDidNotStart, match="unsupported machine"):
        await MosquittoBroker(program=str(program)).start()


async def test_starting_twice_is_an_error_and_stopping_twice_is_not(broker: MosquittoBroker) -> None:
    with pytest.raises(BrokerStateError, match="running"):
        await broker.start()

    await broker.stop()
    await broker.stop()
    with pytest.raises(OSError):  # noqa: PT011 (refused; the texts differ)
        await asyncio.open_connection("127.0.0.1", broker.port)


async def test_a_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    os.mkfifo(pid)
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 60\n")
    silent.chmod(0o755)
    starting = asyncio.create_task(MosquittoBroker(program=str(silent)).start())
    process_id = int(await asyncio.to_thread(pid.read_text))

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
