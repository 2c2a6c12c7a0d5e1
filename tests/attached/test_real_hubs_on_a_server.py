"""A hub of `examples/` plays a scenario on a server with a lab, in the world `attached`."""

import asyncio
import sys
from pathlib import Path

import pytest
from example_hubs import CATALOG, EXAMPLES, FAST, HUB, ROOT

from hubsim_conform.device.capabilities import read_capabilities
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.device_settings import AttachedName, DeviceSettings
from hubsim_scenarios.play.launch import play_remote
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import read
from hubsim_scenarios.running.attach_options import attached
from hubsim_server.broker_access import line_of
from hubsim_server.composition import cloud
from hubsim_server.settings import ServerSettings
from hubsim_server.simulator_composition import simulator
from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = [pytest.mark.foreign, pytest.mark.process, pytest.mark.live]
NAME = "hub-micropython"


def scenario(file: Path, devices: DeviceSettings) -> Scenario:
    (found,) = attached(read([file]), devices)
    return found


async def test_a_device_plays_a_journey_on_a_server(tmp_path: Path) -> None:
    board = tmp_path / "board"
    board.mkdir()
    devices = DeviceSettings(
        attach=(AttachedName(None, HUB),),
        capabilities=read_capabilities(EXAMPLES / NAME / "capabilities-fast.toml"),
        actuator=f"{EXAMPLES / NAME / 'actuate'} {board}",
        wait_s=30,
    )
    settings = ServerSettings(lab=True, http_port=0, state=tmp_path / "state", broker="embedded")
    broker = EmbeddedBroker()
    await broker.start()
    url = BrokerUrl.parse(broker.url)
    options = [f"broker={url.host}:{url.port}", "prefix=hubsim/v1/attached", *FAST.split()]
    hub = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / NAME / "hub.py"), HUB, str(board), *options, cwd=ROOT
    )
    try:
        line = line_of(settings, url)
        async with (
            simulator(settings, line) as simulated,
            cloud(settings, line) as (_, address),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(simulated.run())
            await simulated.until_ready()
            journey = scenario(CATALOG / "001-first-login-to-stop-now.yaml", devices)

            played = await play_remote(journey, url=address.url, devices=devices)

            simulated.stop()
    finally:
        hub.kill()
        await hub.wait()
        await broker.stop()
    assert played.result.verdict is Verdict.PASS, played.result.reason
