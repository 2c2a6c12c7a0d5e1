"""A private Mosquitto: a process of our own on loopback, started and stopped by its own process id."""

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.broker.errors import BrokerDidNotStart, BrokerNotInstalled, BrokerStateError
from simulator.broker.listening import reserve_port

INSTALL_COMMAND = "sudo apt-get install -y mosquitto"
SYSTEM_FOLDER = "/usr/sbin"
"""Where Debian puts it, which is not on the path of ordinary users."""
START_TIMEOUT_S = 10.0
"""How long it may take until it accepts connections; then it is killed and the start has failed."""
STOP_TIMEOUT_S = 10.0
"""How long an orderly stop may take (it writes its store); then it is killed."""
_PROBE_PERIOD_S = 0.02


def mosquitto_program(folders: str | None = None) -> str:
    """Return the path of the program, or raise `BrokerNotInstalled`.

    `folders` is where to look, written as in PATH; None is the PATH and `SYSTEM_FOLDER`.
    """
    searched = f"{os.environ.get('PATH', '')}{os.pathsep}{SYSTEM_FOLDER}" if folders is None else folders
    program = shutil.which("mosquitto", path=searched)
    if program is None:
        raise BrokerNotInstalled("mosquitto", INSTALL_COMMAND)
    return program


class MosquittoBroker:
    """One Mosquitto process. With a `store` folder, retained messages and kept sessions survive restarts.

    The store is written after every change, so that a crash loses next to nothing; that is slow with
    many hubs. None: everything is lost at the stop. `program` is the path of a Mosquitto of your own.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        store: Path | None = None,
        program: str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        """0 until the first start when any free port will do; the same one ever after."""
        self._store = store
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._scratch: TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where clients connect, for `BrokerUrl.parse`."""
        return f"mqtt://{self.host}:{self.port}"

    async def start(self) -> None:
        """Start the process; on return it accepts connections.

        Raises `BrokerNotInstalled`, `PortTaken`, `BrokerDidNotStart`, or `BrokerStateError` if it runs.
        """
        if self._process is not None:
            raise BrokerStateError("mosquitto is running: stop it first")
        program = self._program or mosquitto_program()
        self.port = reserve_port(self.host, self.port)
        self._scratch = TemporaryDirectory(prefix="hubsim-mosquitto-")
        folder = Path(self._scratch.name)
        settings = folder / "mosquitto.conf"
        settings.write_text(_configuration(self.host, self.port, self._store), encoding="utf-8")
        log = folder / "mosquitto.log"
        answers, said = False, ""
        try:
            with log.open("wb") as sink:
                self._process = await asyncio.create_subprocess_exec(
                    program, "-c", str(settings), stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink
                )
            answers = await self._answers(self._process)
        finally:
            if not answers:  # or cancelled: nobody else knows of the process yet
                said = log.read_text(encoding="utf-8", errors="replace").strip() or "it said nothing"
                await self.crash()
        if not answers:
            raise BrokerDidNotStart("mosquitto", said.splitlines()[-1])

    async def stop(self) -> None:
        """Stop it in order (SIGTERM): the wills of all that are connected are sent. Twice is no error."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        await self.crash()

    async def crash(self) -> None:
        """Kill it (SIGKILL): no will is sent. Killing what does not run is no error."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    async def restart(self) -> None:
        """Stop in order, and start again on the same port."""
        await self.stop()
        await self.start()

    async def _answers(self, process: asyncio.subprocess.Process) -> bool:
        """Return whether the process accepts a connection in time, watching that it does not end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                while process.returncode is None:
                    try:
                        _, writer = await asyncio.open_connection(self.host, self.port)
                    except ConnectionRefusedError:
                        await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=_PROBE_PERIOD_S)
                        continue
                    writer.close()
                    await writer.wait_closed()
                    return True
        return False


def _configuration(host: str, port: int, store: Path | None) -> str:
    lines = [
        f"listener {port} {host}",
        "allow_anonymous true",
        "set_tcp_nodelay true",
        "sys_interval 0",
        "log_dest stderr",
        "log_type error",
        # started as root it would become the user 'mosquitto', who cannot write into the store
        "user root",
    ]
    if store is not None:
        lines += [
            "persistence true",
            f"persistence_location {store.resolve()}/",
            "autosave_on_changes true",
            "autosave_interval 1",
        ]
    return "\n".join(lines) + "\n"
