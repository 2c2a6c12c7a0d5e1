"""A private Mosquitto: a separate process on loopback, which is signalled only by its process id."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from hubsim_contract.wire.identifiers import hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerNotInstalled, BrokerStateError, PortTaken
from hubsim_simulator.broker.keyring import Keyring, write_private
from hubsim_simulator.broker.listening import ServerTls, is_port_taken, start_on_ports, taken_of, url_of
from hubsim_simulator.broker.mosquitto_files import (
    HUB_PASSWORDS,
    RULES_FILE,
    STATION_PASSWORDS,
    ListenersOfMosquitto,
    hub_passwords,
    mosquitto_acl,
    station_passwords,
)

INSTALL_COMMAND = "sudo apt-get install -y mosquitto"
SYSTEM_FOLDER = "/usr/sbin"
"""The folder where Debian installs Mosquitto. It is not on the PATH of ordinary users."""
START_TIMEOUT_S = 10.0
"""Time until Mosquitto must accept connections. Otherwise it is killed, and the start fails."""
STOP_TIMEOUT_S = 10.0
"""Time for a graceful stop, in which Mosquitto writes its store. After that it is killed."""
RELOAD_TIMEOUT_S = 10.0
"""Time until Mosquitto must have reloaded its files. Otherwise `BrokerStateError` is raised."""
_PROBE_PERIOD_S = 0.02


def mosquitto_program(folders: str | None = None) -> str:
    """Return the path of the program, or raise `BrokerNotInstalled`.

    `folders` is the search path, in the form of PATH. None stands for the PATH and `SYSTEM_FOLDER`.
    """
    searched = f"{os.environ.get('PATH', '')}{os.pathsep}{SYSTEM_FOLDER}" if folders is None else folders
    program = shutil.which("mosquitto", path=searched)
    if program is None:
        raise BrokerNotInstalled("mosquitto", INSTALL_COMMAND)
    return program


class MosquittoBroker:
    """One Mosquitto process.

    With a `store` folder, retained messages and kept sessions survive restarts. Mosquitto writes the store
    after every change, so a crash loses little; this is slow with many hubs. None: a stop deletes all data.
    `program` is the path of another Mosquitto.
    With a `keyring`, users need their passwords, and the access table limits what they may do under `prefix`.
    Hubs then connect at `hub_port` only, where the id of a client is its user name, and stations at `port`
    only: no hub can take the id of a station or of another hub. Mosquitto has a list of the `hubs`, so call
    `admit` for later ones. None: every client may do everything, at `port`.
    Raises `BadIdentifier`, and `ValueError` for a prefix that Mosquitto's ACL cannot express.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        store: Path | None = None,
        program: str | None = None,
        *,
        keyring: Keyring | None = None,
        hubs: Iterable[str] = (),
        prefix: str = DEFAULT_PREFIX,
        tls: ServerTls | None = None,
        hub_port: int = 0,
    ) -> None:
        self.host = host
        self.port = port
        """0 before the first start stands for any free port. Later starts use the same port again."""
        self.hub_port = hub_port
        """The port for hubs, with a keyring only; 0 as above."""
        self._store = store
        self._program = program
        self._keyring = keyring
        self._hubs = frozenset(map(hub_id, hubs))
        self._rules = mosquitto_acl(prefix)
        self._tls = tls
        self._files_lock = asyncio.Lock()
        """Held while the files are written and until Mosquitto has read them."""
        self._reloads = 0
        self._process: asyncio.subprocess.Process | None = None
        self._scratch: TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """The URL for clients, in the form that `BrokerUrl.parse` reads."""
        return url_of(self.host, self.port, self._tls)

    @property
    def hub_url(self) -> str:
        """The URL for hubs that connect with their own passwords; without a keyring, the one for all."""
        return url_of(self.host, self._ports[-1], self._tls)

    @property
    def _ports(self) -> tuple[int, ...]:
        """The ports on which it listens, in the order in which it opens them."""
        return (self.port,) if self._keyring is None else (self.port, self.hub_port)

    async def start(self) -> None:
        """Start the process, and return when it accepts connections.

        Raises `BrokerNotInstalled`, `PortTaken`, `BadTls`, `BrokerDidNotStart`, or `BrokerStateError` if it
        is running.
        """
        if self._process is not None:
            raise BrokerStateError("mosquitto is running: stop it first")
        program = self._program or mosquitto_program()
        if self._tls is not None:
            self._tls.check()
        async with self._files_lock:
            await start_on_ports(self.host, self._ports, lambda ports: self._launch(program, ports))

    async def stop(self) -> None:
        """Stop it gracefully (SIGTERM), so that wills are sent. A second stop does nothing."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        await self.crash()

    async def crash(self) -> None:
        """Kill it (SIGKILL): no will is sent. Does nothing if it is not running."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    async def restart(self) -> None:
        """Stop gracefully, and start again on the same port."""
        await self.stop()
        await self.start()

    async def admit(self, hubs: Iterable[str]) -> None:
        """Allow these hubs to connect, and return when they can. Open connections are not affected.

        Each call writes the whole password file, so admit many hubs in one call. A call before the start
        takes effect at the start. Raises `BadIdentifier` or `BrokerStateError`.
        """
        self._hubs |= frozenset(map(hub_id, hubs))
        await self._reload()

    async def renew(self, keyring: Keyring) -> None:
        """Use another keyring, and return when the clients that it revokes are disconnected."""
        self._keyring = keyring
        await self._reload()

    async def _launch(self, program: str, ports: tuple[int, ...]) -> None:
        """Start the process on these ports. Raises `PortTaken`, `BrokerDidNotStart`."""
        self.port = ports[0]
        if self._keyring is not None:
            self.hub_port = ports[-1]
        self._scratch = TemporaryDirectory(prefix="hubsim-mosquitto-")
        folder = Path(self._scratch.name)
        log = folder / "mosquitto.log"
        accepts, output = False, ""
        try:
            with log.open("wb") as sink:
                settings = await self._write_settings(folder)
                self._process = await asyncio.create_subprocess_exec(
                    *_ends_with_this_process(),
                    *(program, "-c", str(settings)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                )
            accepts = await self._accepts_connections(self._process)
        finally:
            if not accepts:  # failed or cancelled: no other code can end the process yet
                output = log.read_text(encoding="utf-8", errors="replace").strip() or "it printed no reason"
                await self.crash()
        if not accepts and is_port_taken(output):
            raise PortTaken(self.host, taken_of(self.host, ports))
        if not accepts:
            raise BrokerDidNotStart("mosquitto", output.splitlines()[-1])

    async def _write_settings(self, folder: Path) -> Path:
        """Write all files that the process reads, and return its configuration file."""
        if self._keyring is None:
            lines = [f"listener {self.port} {self.host}", *_tls_lines(self._tls), "allow_anonymous true"]
        else:
            await self._write_access(self._keyring, folder)
            listeners = ListenersOfMosquitto(
                host=self.host, port=self.port, hub_port=self.hub_port, more=_tls_lines(self._tls)
            )
            lines = [*listeners.lines(folder), f"log_dest file {self._reload_log(folder)}"]
        lines += _configuration(self._store)
        settings = folder / "mosquitto.conf"
        settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return settings

    async def _write_access(self, keyring: Keyring, folder: Path) -> None:
        """Write the password files and the ACL file."""
        hashed = await asyncio.to_thread(hub_passwords, keyring, self._hubs)
        for name, text in (
            (STATION_PASSWORDS, station_passwords(keyring)),
            (HUB_PASSWORDS, hashed),
            (RULES_FILE, self._rules),
        ):
            write_private(folder / name, text, overwrite=True)

    def _reload_log(self, folder: Path) -> Path:
        """Return the log file of the current reload. Mosquitto creates it after it has read all files."""
        return folder / f"reading-{self._reloads}.log"

    async def _reload(self) -> None:
        async with self._files_lock:
            if self._process is None or self._scratch is None or self._keyring is None:
                return
            folder, process = Path(self._scratch.name), self._process
            before = self._reload_log(folder)
            self._reloads += 1
            try:
                await self._write_settings(folder)
            except FileNotFoundError as error:
                raise BrokerStateError("mosquitto was stopped during the reload: start it again") from error
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGHUP)
            if await _appears(self._reload_log(folder), process):
                before.unlink(missing_ok=True)
            else:
                raise BrokerStateError("mosquitto did not reload its passwords: stop it and start it again")

    async def _accepts_connections(self, process: asyncio.subprocess.Process) -> bool:
        """Return whether the process accepts connections on all ports in time. Returns early if it ends."""
        waiting = list(self._ports)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                while waiting and process.returncode is None:
                    try:
                        _, writer = await asyncio.open_connection(self.host, waiting[0])
                    except ConnectionRefusedError:
                        await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=_PROBE_PERIOD_S)
                        continue
                    writer.close()
                    await writer.wait_closed()
                    waiting.pop(0)
        return not waiting


def _ends_with_this_process() -> list[str]:
    """Return the command that starts a program which gets SIGTERM when this process dies, also by SIGKILL.

    `setpriv` of util-linux replaces itself by the program, so the process id is that of the program. Without
    it, as on macOS, a killed hubsim leaves its Mosquitto running.
    """
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "TERM"]


async def _appears(file: Path, process: asyncio.subprocess.Process) -> bool:
    """Return whether the process creates the file in time. Returns early if it ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RELOAD_TIMEOUT_S):
            while process.returncode is None:
                if await asyncio.to_thread(file.exists):
                    return True
                await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=_PROBE_PERIOD_S)
    return False


def _tls_lines(tls: ServerTls | None) -> tuple[str, ...]:
    """Return the lines of one listener."""
    if tls is None:
        return ()
    return f"certfile {tls.certificate.resolve()}", f"keyfile {tls.key.resolve()}"


def _configuration(store: Path | None) -> list[str]:
    """Return the lines that do not depend on the listeners."""
    lines = [
        "set_tcp_nodelay true",
        "sys_interval 0",
        "log_dest stderr",
        "log_type error",
        # started as root, it would switch to the user 'mosquitto', who cannot write into the store
        "user root",
    ]
    if store is not None:
        lines += [
            "persistence true",
            f"persistence_location {store.resolve()}/",
            "autosave_on_changes true",
            "autosave_interval 1",
        ]
    return lines
