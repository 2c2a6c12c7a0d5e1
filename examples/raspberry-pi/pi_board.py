"""The hardware port of a Raspberry Pi with a USB modem. A start for a real product: copy it, and change it.

    hubsim-agent --hardware pi_board:PiBoard --hardware-option device=/dev/ttyUSB2 --memory flash ... HUB

A Pi has no lid contact and no mains sensor. They come from files with one digit, as GPIO drivers provide
them. The display goes to an LED of `/sys/class/leds`.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from modem_watch import POLL_S, ModemState, ModemWatch

from hubsim_agent.ports import HubDisplay
from hubsim_contract.wire.messages import Channel, Hardware, SimCard, SimSlot

CHECK_S = 1.0
"""The pause between two looks at links and inputs."""
_UP = frozenset({"up", "unknown"})
"""States of a network link that can carry data; modems and tunnels are `unknown`."""


class PiBoard:
    """The port. Every argument is an option of the agent: `--hardware-option NAME=VALUE`."""

    def __init__(
        self,
        device: Path,
        *,
        speed: int = 115_200,
        model: str = "raspberry-pi",
        firmware: str = "1",
        ethernet: str = "eth0",
        wifi: str = "wlan0",
        cellular: str = "wwan0",
        lid: Path | None = None,
        mains: Path | None = None,
        led: Path | None = None,
        links: Path = Path("/sys/class/net"),
        poll_s: float = POLL_S,
    ) -> None:
        """Name the parts.

        `device` is the modem's port for AT commands, at `speed` baud. `ethernet`, `wifi` and `cellular` are
        names of network links in the folder `links`. `lid` has 1 while the lid is open, `mains` 1 while there
        is external power; without them the lid is closed and the power is there. `led` gets 1 while the cloud
        is reachable. The modem is asked at least every `poll_s` seconds.
        """
        self._identity = Hardware(model=model, firmware=firmware)
        self._links = {Channel.ETHERNET: ethernet, Channel.WIFI: wifi, Channel.CELLULAR: cellular}
        self._folder = links
        self._lid, self._mains, self._led = lid, mains, led
        self._modem = ModemState()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._watch = ModemWatch(device, speed, self._modem_changed, poll_s=poll_s)

    def read(self) -> Hardware:
        """Return the hardware as it is known now; the modem has not answered before `changes` runs."""
        modem = self._modem
        slot = SimSlot(1, modem.card, modem.iccid)
        return msgspec.structs.replace(
            self._identity,
            channels=tuple(channel for channel in self._links if self._connected(channel)),
            sims=(slot,),
            active_sim=1 if modem.card is SimCard.OK else None,
            registration=modem.registration,
            generation=modem.generation,
            signal=modem.signal,
            mains=_digit(self._mains, default=True),
            lid_open=_digit(self._lid, default=False),
            malfunction=modem.broken or modem.card is SimCard.MALFUNCTION,
        )

    async def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware once and after each change, and stop the modem's thread at the end."""
        self._loop = asyncio.get_running_loop()
        self._watch.start()
        last: Hardware | None = None  # it may have changed since the agent called `read`
        try:
            while True:
                try:
                    async with asyncio.timeout(CHECK_S):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                self._wake.clear()
                hardware = self.read()
                if hardware != last:
                    last = hardware
                    yield hardware
        finally:
            self._watch.stop()

    def show(self, face: HubDisplay) -> None:
        """Light the LED while the cloud is reachable."""
        if self._led is not None:
            self._led.write_text("1" if face.cloud_reachable else "0", encoding="ascii")

    def _modem_changed(self, state: ModemState) -> None:
        """Take a state from the modem's thread."""
        self._modem = state
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def _connected(self, channel: Channel) -> bool:
        try:
            return (self._folder / self._links[channel] / "operstate").read_text().strip() in _UP
        except OSError:
            return False  # the link does not exist now


def _digit(file: Path | None, *, default: bool) -> bool:
    """Return whether a file has a 1. A file that cannot be read counts as the default."""
    if file is None:
        return default
    try:
        return file.read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return default
