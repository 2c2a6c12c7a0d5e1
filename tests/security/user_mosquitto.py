"""A Mosquitto that a user runs, with a separate configuration and the exported files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tls_station import BOUND_S, Station

from hubsim_contract.mqtt.port import Connected, ConnectFailed
from hubsim_simulator.broker.listening import reserve_port
from hubsim_simulator.broker.mosquitto import mosquitto_program


@asynccontextmanager
async def mosquitto_by(exported: Path, folder: Path) -> AsyncIterator[str]:
    """Run Mosquitto; yields its URL."""
    port = reserve_port("127.0.0.1", 0)
    settings = folder / "mosquitto.conf"
    lines = (
        f"listener {port} 127.0.0.1",
        "user root",
        "allow_anonymous false",
        f"password_file {exported / 'passwords'}",
        f"acl_file {exported / 'acl'}",
    )
    await asyncio.to_thread(settings.write_text, "\n".join(lines), encoding="utf-8")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        mosquitto_program(), "-c", str(settings), stdin=quiet, stdout=quiet, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(BOUND_S):
            while b"running" not in await process.stderr.readline():
                pass
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


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
