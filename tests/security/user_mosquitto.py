"""A Mosquitto that a user runs with the exported files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner, Result
from tls_station import BOUND_S, Station

from hubsim_contract.mqtt.port import Connected, ConnectFailed
from hubsim_server.cli.credentials import command as credentials
from hubsim_simulator.broker.errors import PortTaken
from hubsim_simulator.broker.listening import is_port_taken, start_on_ports
from hubsim_simulator.broker.mosquitto import mosquitto_program

HOST = "127.0.0.1"


class UserUrls(NamedTuple):
    """Where the clients of a Mosquitto with exported files connect."""

    stations: str
    hubs: str


def export(keyring: Path, folder: Path, *arguments: str) -> Result:
    """Run `hubsim credentials export`."""
    words = ["export", str(keyring), "--mosquitto", str(folder), *arguments]
    return CliRunner().invoke(credentials, words)


@asynccontextmanager
async def mosquitto_by(keyring: Path, folder: Path, *hubs: str) -> AsyncIterator[UserUrls]:
    """Export files into `folder`, for ports that are free, and run Mosquitto with exactly those."""
    processes: list[asyncio.subprocess.Process] = []
    chosen: list[int] = []

    async def start(ports: tuple[int, ...]) -> None:
        chosen[:] = ports
        at = ("--port", str(ports[0]), "--hub-port", str(ports[1]), "--force")
        done = await asyncio.to_thread(export, keyring, folder, *at, *hubs)
        assert done.exit_code == 0, done.output
        conf = folder / "mosquitto.conf"
        lines = "user root\nlog_dest stderr\n"  # started as root, it cannot read the files of root otherwise
        await asyncio.to_thread(_append, conf, lines)
        processes.append(await _started(conf, ports[0]))

    try:
        await start_on_ports(HOST, (0, 0), start)
        yield UserUrls(*(f"mqtt://{HOST}:{port}" for port in chosen))
    finally:
        for process in processes:
            process.kill()
            await process.communicate()


async def _started(conf: Path, port: int) -> asyncio.subprocess.Process:
    """Start Mosquitto, and wait until it runs. Raises `PortTaken`."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        mosquitto_program(), "-c", str(conf), stdin=quiet, stdout=quiet, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    lines = []
    async with asyncio.timeout(BOUND_S):
        while line := await process.stderr.readline():
            if b"running" in line:
                return process
            lines.append(line.decode())
    await process.wait()
    if is_port_taken("".join(lines)):
        raise PortTaken(HOST, port)
    raise AssertionError("".join(lines))


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(text)


async def can_connect(url: str, user: str, password: str) -> bool:
    """Return whether the broker accepts the user."""
    station = Station(url, None, user, password)
    try:
        station.connect(user)
        event = await station.next(Connected | ConnectFailed)  # type: ignore[arg-type]
        assert isinstance(event, Connected) or "not authorised" in event.reason
        return isinstance(event, Connected)
    finally:
        await station.port.aclose()
