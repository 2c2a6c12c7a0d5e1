"""`hubsim broker` as a real process."""

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from hub_listener import listening
from process_bench import RunningProgram, command, end_of, program

from hubsim_contract.mqtt.access import Party
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connect, Connected, ConnectFailed, PortEvent
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_server.certs import issue
from hubsim_server.cli.broker import command as broker_command
from hubsim_simulator.broker.keyring import Keyring

BROKER = command("broker")
HUB = "0A1B2C3D"
KINDS = [
    pytest.param("embedded", marks=pytest.mark.live),
    pytest.param("mosquitto", marks=pytest.mark.mosquitto),
]


async def ready(running: RunningProgram) -> str:
    """Return the URL that the broker prints when it is ready."""
    url, _, word = (await running.line()).partition(" ")
    assert word == "ready", running.log
    return url


async def first_answer(url: BrokerUrl, user: str, password: str, ca: Path | None) -> PortEvent:
    """Connect, and return the result."""
    answers: asyncio.Queue[PortEvent] = asyncio.Queue()
    port = AiomqttPort(
        BrokerUrl(url.host, url.port, url.tls, user, password), answers.put_nowait, "visitor", ca=ca
    )
    try:
        client_id = f"hub-{user}" if HUB_ID.fullmatch(user) else f"visitor-{user}"
        port.perform(Connect(client_id, clean=True, keepalive_s=60))
        return await asyncio.wait_for(answers.get(), 20)
    finally:
        await port.aclose()


def gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_a_signal(kind: str, number: signal.Signals) -> None:
    async with program(BROKER, "--broker", kind, "--mqtt-port", "0") as running:
        url = await ready(running)
        async with listening(url):
            children = running.children()
            running.send(number)
            ended = await running.end()

    assert url.startswith("mqtt://127.0.0.1:")
    assert ended == (0, "")
    assert bool(children) is (kind == "mosquitto")  # the embedded broker does not have a separate process
    assert all(gone(child) for child in children)


@pytest.mark.mosquitto
async def test_a_killed_broker_takes_its_mosquitto_along_and_starts_again_on_the_port(tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path)}
    async with program(BROKER, "--broker", "mosquitto", "--mqtt-port", "0", **env) as running:
        port = BrokerUrl.parse(await ready(running)).port
        (mosquitto,) = running.children()
        running.send(signal.SIGKILL)
        await asyncio.wait_for(end_of(mosquitto), 20)

    async with program(BROKER, "--broker", "mosquitto", "--mqtt-port", str(port), **env) as again:
        assert BrokerUrl.parse(await ready(again)).port == port


@pytest.mark.mosquitto
async def test_the_end_of_a_mosquitto_ends_the_process_with_a_reason() -> None:
    async with program(BROKER, "--broker", "mosquitto", "--mqtt-port", "0") as running:
        url = await ready(running)
        (mosquitto,) = running.children()

        os.kill(mosquitto, signal.SIGKILL)

        assert await running.end() == (3, "")
    assert f"the broker at {url} ended unexpectedly" in running.log[-1]


@pytest.mark.mosquitto
async def test_a_second_signal_also_ends_a_mosquitto_that_hangs() -> None:
    async with program(BROKER, "--broker", "mosquitto", "--mqtt-port", "0") as running:
        await ready(running)
        (mosquitto,) = running.children()
        os.kill(mosquitto, signal.SIGSTOP)
        running.send(signal.SIGTERM)
        await running.logged("stopping")

        running.send(signal.SIGTERM)

        assert await running.end() == (143, "")
    assert gone(mosquitto)


@pytest.mark.live
async def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with program(BROKER, "--mqtt-port", str(port), TMPDIR=str(tmp_path)) as running:
            ended = await running.end()

    assert ended == (3, "")
    assert len(running.log) == 1
    assert f"port {port} on 127.0.0.1 is taken" in running.log[0]


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
async def test_with_keyring_and_certificate_it_accepts_known_clients_over_tls(
    tmp_path: Path, kind: str
) -> None:
    keyring, issued = Keyring.new(), issue(tmp_path / "certs", ("127.0.0.1",), now=datetime.now(UTC))
    keyring.save(tmp_path / "keyring.json")
    options = [
        *("--broker", kind, "--mqtt-port", "0", "--mqtt-hub-port", "0", "--hub", HUB),
        *("--keyring", str(tmp_path / "keyring.json")),
        *("--tls-certificate", str(issued.certificate), "--tls-key", str(issued.key)),
    ]

    async with program(BROKER, *options) as running:
        url = hub_url = BrokerUrl.parse(await ready(running))
        if kind == "mosquitto":
            hub_url = BrokerUrl.parse((await running.line()).partition(" ready for hubs")[0])
        answers = [
            await first_answer(where, user, password, issued.ca)
            for where, user, password in [
                (hub_url, HUB, keyring.password(HUB)),
                (url, Party.CLOUD.value, keyring.password(Party.CLOUD.value)),
                (hub_url, HUB, keyring.password("FFFFFFFF")),
            ]
        ]
        running.send(signal.SIGTERM)
        await running.end()

    assert url.tls
    assert [type(answer) for answer in answers] == [Connected, Connected, ConnectFailed]
    assert keyring.password("FFFFFFFF") not in "".join(running.log)


@pytest.mark.live
async def test_metrics_count_refused_clients(tmp_path: Path) -> None:
    keyring = Keyring.new()
    keyring.save(tmp_path / "keyring.json")
    options = ["--mqtt-port", "0", "--monitor-port", "0", "--log-format", "json"]
    async with program(BROKER, *options, HUBSIM_KEYRING=str(tmp_path / "keyring.json")) as running:
        url = BrokerUrl.parse(await ready(running))
        monitored = httpx.URL((await running.logged("monitored")).split('"url": "')[1].split('"')[0])
        await first_answer(url, HUB, "not the password", None)
        async with httpx.AsyncClient(base_url=monitored) as client:
            health = await client.get("/health/ready")
            metrics = await client.get("/metrics")

    assert health.status_code == 200
    assert 'hubsim_broker_refused_total{reason="credentials"} 1.0' in metrics.text.splitlines()
    assert "process_cpu_seconds_total" in metrics.text


@pytest.mark.process
async def test_an_address_of_another_machine_is_reported_with_a_warning_about_an_open_broker() -> None:
    async with program(BROKER, "--mqtt-host", "192.0.2.1", "--mqtt-port", "0") as running:
        ended = await running.end()

    assert ended == (3, "")
    assert "every client in the network has full access" in running.log[0]
    assert "Cannot assign requested address" in running.log[1]


def test_the_url_of_an_existing_broker_is_refused() -> None:
    done = CliRunner().invoke(broker_command, ["--broker", "mqtt://broker.example"])

    assert done.exit_code == 2
    assert done.stderr.startswith("--broker: a URL names an existing broker")


def test_an_invalid_hub_id_is_refused() -> None:
    done = CliRunner().invoke(broker_command, ["--hub", "front-door"])

    assert done.exit_code == 2
    assert "'front-door' is not a hub id" in done.stderr
