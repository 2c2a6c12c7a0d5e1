"""A private Mosquitto: a process of our own on loopback, started and stopped by its own process id."""

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
from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerNotInstalled, BrokerStateError
from hubsim_simulator.broker.keyring import Keyring, write_private
from hubsim_simulator.broker.listening import ServerTls, reserve_port, url_of
from hubsim_simulator.broker.mosquitto_files import mosquitto_acl, mosquitto_passwd

INSTALL_COMMAND = "sudo apt-get install -y mosquitto"
SYSTEM_FOLDER = "/usr/sbin"
"""Where Debian puts it, which is not on the path of ordinary users."""
START_TIMEOUT_S = 10.0
"""How long it may take until it accepts connections; then it is killed and the start has failed."""
STOP_TIMEOUT_S = 10.0
"""How long an orderly stop may take (it writes its store); then it is killed."""
RELOAD_TIMEOUT_S = 10.0
"""How long it may take until it has read its files again; then `BrokerStateError`."""
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
    With a `keyring`, users need their passwords and may do under `prefix` what the table of access allows;
    Mosquitto knows the `hubs` by name, so hubs that come later have to be admitted. None: all may do all.
    Raises `BadIdentifier`, and `ValueError` for a prefix that Mosquitto's rules cannot hold.
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
    ) -> None:
        self.host = host
        self.port = port
        """0 until the first start when any free port will do; the same one ever after."""
        self._store = store
        self._program = program
        self._keyring = keyring
        self._hubs = frozenset(map(hub_id, hubs))
        self._rules = mosquitto_acl(prefix)
        self._tls = tls
        self._settling = asyncio.Lock()
        """Held while the files are written and until they are read."""
        self._readings = 0
        self._process: asyncio.subprocess.Process | None = None
        self._scratch: TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where clients connect, for `BrokerUrl.parse`."""
        return url_of(self.host, self.port, self._tls)

    async def start(self) -> None:
        """Start the process; on return it accepts connections.

        Raises `BrokerNotInstalled`, `PortTaken`, `BadTls`, `BrokerDidNotStart`, or `BrokerStateError` if it
        runs.
        """
        if self._process is not None:
            raise BrokerStateError("mosquitto is running: stop it first")
        program = self._program or mosquitto_program()
        if self._tls is not None:
            self._tls.check()
        async with self._settling:
            await self._launch(program)

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

    async def admit(self, hubs: Iterable[str]) -> None:
        """Let these hubs in too; on return they can connect. Nobody who is connected notices.

        Many hubs are better admitted at once: each call writes the whole password file. Before the start,
        it is enough to have been called. Raises `BadIdentifier` or `BrokerStateError`.
        """
        self._hubs |= frozenset(map(hub_id, hubs))
        await self._reload()

    async def renew(self, keyring: Keyring) -> None:
        """Take another keyring from now on; on return who is revoked in it has been disconnected."""
        self._keyring = keyring
        await self._reload()

    async def _launch(self, program: str) -> None:
        self.port = reserve_port(self.host, self.port)
        self._scratch = TemporaryDirectory(prefix="hubsim-mosquitto-")
        folder = Path(self._scratch.name)
        log = folder / "mosquitto.log"
        answers, said = False, ""
        try:
            with log.open("wb") as sink:
                settings = await self._write_settings(folder)
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

    async def _write_settings(self, folder: Path) -> Path:
        """Write all files that the process reads, and return the first of them."""
        lines = _configuration(self.host, self.port, self._store, self._tls)
        if self._keyring is not None:
            passwords, rules = folder / "passwords", folder / "acl"
            hashed = await asyncio.to_thread(mosquitto_passwd, self._keyring, self._hubs)
            write_private(passwords, hashed, overwrite=True)
            write_private(rules, self._rules, overwrite=True)
            lines += [
                f"password_file {passwords}",
                f"acl_file {rules}",
                f"log_dest file {self._sign(folder)}",
            ]
        lines.append(f"allow_anonymous {'true' if self._keyring is None else 'false'}")
        settings = folder / "mosquitto.conf"
        settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return settings

    def _sign(self, folder: Path) -> Path:
        """Return the log of this reading of the settings. Once the file is there, all has been read."""
        return folder / f"reading-{self._readings}.log"

    async def _reload(self) -> None:
        async with self._settling:
            if self._process is None or self._scratch is None or self._keyring is None:
                return
            folder, process = Path(self._scratch.name), self._process
            before = self._sign(folder)
            self._readings += 1
            try:
                await self._write_settings(folder)
            except FileNotFoundError as error:
                raise BrokerStateError("mosquitto was stopped in the meantime: start it anew") from error
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGHUP)
            if await _appears(self._sign(folder), process):
                before.unlink(missing_ok=True)
            else:
                raise BrokerStateError(
                    "mosquitto has not read its passwords again: stop it and start it anew"
                )

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


async def _appears(sign: Path, process: asyncio.subprocess.Process) -> bool:
    """Return whether the process makes the file in time, watching that it does not end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RELOAD_TIMEOUT_S):
            while process.returncode is None:
                if await asyncio.to_thread(sign.exists):
                    return True
                await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=_PROBE_PERIOD_S)
    return False


def _configuration(host: str, port: int, store: Path | None, tls: ServerTls | None) -> list[str]:
    lines = [f"listener {port} {host}"]
    if tls is not None:
        lines += [f"certfile {tls.certificate.resolve()}", f"keyfile {tls.key.resolve()}"]
    lines += [
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
    return lines
