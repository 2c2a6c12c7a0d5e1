"""`hubsim-agent`: ports of a user's classes, mistakes, signals, and the same options as `hubsim agent`."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hub_listener import HubListener, listening
from process_bench import command, program

from hubsim_agent import command as agent_command
from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_server.cli.agent import command as full_command
from hubsim_simulator.broker.embedded import EmbeddedBroker

HUB = "0A1B2C3D"
PROGRAM = "from hubsim_agent.command import main; main()"
BOARD = """\
import asyncio
from pathlib import Path

from hubsim_contract.wire.messages import Channel, Hardware


class Board:
    def __init__(self, folder: Path):
        self.folder = folder

    def read(self):
        return Hardware(model="mine", firmware="7", channels=(Channel.ETHERNET,))

    async def changes(self):
        try:
            while not (self.folder / "lid").exists():
                await asyncio.sleep(0.01)
            yield Hardware(model="mine", firmware="7", channels=(Channel.ETHERNET,), lid_open=True)
            while not (self.folder / "fire").exists():
                await asyncio.sleep(0.01)
            raise OSError("the bus is on fire")
        finally:
            (self.folder / "closed").write_text("")

    def show(self, face):
        (self.folder / "led").write_text("white" if face.cloud_reachable else "red")


class Flash:
    def __init__(self, folder: Path):
        self.file = folder / "flash"

    def read(self):
        return self.file.read_bytes() if self.file.exists() else None

    def write(self, data):
        self.file.write_bytes(data)
"""


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def cloud(broker: EmbeddedBroker) -> AsyncIterator[HubListener]:
    async with listening(broker.url) as cloud:
        yield cloud


def users_ports(folder: Path) -> tuple[str, ...]:
    """Return the options for the classes of a user's module in a folder."""
    (folder / "a_users_ports.py").write_text(BOARD, encoding="utf-8")
    return (
        *("--hardware", "a_users_ports:Board", "--hardware-option", f"folder={folder}"),
        *("--memory", "a_users_ports:Flash", "--memory-option", f"folder={folder}"),
    )


@pytest.mark.live
@pytest.mark.parametrize("agent", [PROGRAM, command("agent")], ids=["device", "full"])
async def test_a_hub_runs_on_the_ports_of_a_user(
    agent: str, broker: EmbeddedBroker, cloud: HubListener, tmp_path: Path
) -> None:
    options = users_ports(tmp_path)
    async with program(agent, *options, "--broker", broker.url, HUB, PYTHONPATH=str(tmp_path)) as running:
        await cloud.until(lambda: bool(cloud.reported))
        cloud.desire(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE))
        await cloud.applied(1)
        (tmp_path / "lid").touch()
        await cloud.until(lambda: any(event.kind == "lid_opened" for event in cloud.events))
        running.send(signal.SIGTERM)
        code, printed = await running.end()

    assert code == 0
    assert cloud.reported[-1].hardware.model == "mine"
    assert msgspec.json.decode(printed.splitlines()[-1])["star"]
    assert (tmp_path / "closed").exists()
    assert b'"version":1' in (tmp_path / "flash").read_bytes()
    assert (tmp_path / "led").read_text(encoding="utf-8") == "red"


@pytest.mark.live
@pytest.mark.parametrize("agent", [PROGRAM, command("agent")], ids=["device", "full"])
async def test_an_error_of_a_users_port_ends_the_agent_with_its_place(
    agent: str, broker: EmbeddedBroker, cloud: HubListener, tmp_path: Path
) -> None:
    options = users_ports(tmp_path)
    async with program(agent, *options, "--broker", broker.url, HUB, PYTHONPATH=str(tmp_path)) as running:
        await cloud.until(lambda: bool(cloud.reported))
        (tmp_path / "lid").touch()
        (tmp_path / "fire").touch()
        code, _ = await running.end()

    assert code == 3
    assert (
        "a_users_ports:Board.changes: OSError: the bus is on fire (a_users_ports.py, line" in running.log[-1]
    )
    assert "Traceback" not in "".join(running.log)


@pytest.mark.live
async def test_a_second_signal_ends_it_though_a_memory_write_never_returns(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    (tmp_path / "broken_flash.py").write_text(BROKEN_FLASH, encoding="utf-8")
    (tmp_path / "hub.toml").write_text('model = "m"\nfirmware = "1"\nchannels = ["wifi"]\n', encoding="utf-8")
    options = ("--hardware", str(tmp_path / "hub.toml"), "--memory", "broken_flash:Flash")
    async with program(PROGRAM, *options, "--broker", broker.url, HUB, PYTHONPATH=str(tmp_path)) as running:
        await running.logged("started")
        running.send(signal.SIGTERM)
        await running.logged("stopping")
        running.send(signal.SIGTERM)
        code, _ = await running.end()

    assert code == 128 + signal.SIGTERM


BROKEN_FLASH = """\
import threading


class Flash:
    def read(self):
        return None

    def write(self, data):
        threading.Event().wait()
"""


def run(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=False,
    )


FILES = ("--hardware", "h", "--memory", "m")


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        ((*FILES, "front-door"), {}, "HUB: 'front-door' is not a hub id: 8 hex digits are expected"),
        ((*FILES, HUB, "--broker", "mqt://x"), {}, "--broker: not a broker URL (scheme 'mqt')"),
        ((*FILES, HUB), {"HUBSIM_BROKER": "x"}, "environment HUBSIM_BROKER: not a broker URL"),
        ((*FILES, HUB, "--prefix", "a/#"), {}, "--prefix: prefix is 'a/#'; a topic prefix"),
        ((*FILES, HUB, "--ca", "no-such-file"), {}, "--ca: no-such-file cannot be read, or does not exist"),
        (
            (*FILES, HUB, "--log-level", "loud"),
            {},
            "--log-level: expected one of debug, info, warning, error",
        ),
        (("--hardware", "no_board:B", "--memory", "m", HUB), {}, "--hardware: no module 'no_board'"),
        ((*FILES, HUB, "--memory-option", "a=1"), {}, "--memory-option: a=1 needs a class as --memory"),
    ],
)
def test_a_bad_option_ends_it_with_one_line(
    arguments: tuple[str, ...], env: dict[str, str], expected: str
) -> None:
    done = run(*arguments, **env)

    assert done.returncode == 2
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""


@pytest.mark.process
def test_the_log_in_json_has_the_keys_of_the_full_product() -> None:
    done = run("--hardware", "no/such", "--memory", "m", HUB, "--log-format", "json")

    line = msgspec.json.decode(done.stderr.splitlines()[-1], type=dict[str, str])
    assert done.returncode == 3
    assert {name: line[name] for name in ("level", "event", "reason")} == {
        "level": "error",
        "event": "cannot run",
        "reason": "no/such: cannot be read: No such file or directory",
    }
    assert line["timestamp"].endswith("Z")


@pytest.mark.process
def test_it_needs_only_its_two_libraries() -> None:
    names = (
        "{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'typing_extensions'}"
    )
    source = f"import sys; before = {names}; import hubsim_agent.command; "
    source += f"print(sorted({names} - before), 'hubsim_contract.lab' in sys.modules)"

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "['aiomqtt', 'hubsim_agent', 'hubsim_contract', 'msgspec', 'paho'] False"


def test_each_option_of_the_device_is_an_option_of_the_full_product() -> None:
    full = {option for each in full_command.params for option in each.opts if option.startswith("--")}
    device = {
        option
        for action in agent_command._parser()._actions
        for option in action.option_strings
        if option.startswith("--")
    }

    assert device - full == {"--help", "--version"}
