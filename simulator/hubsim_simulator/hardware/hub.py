"""The hardware of one hub as a core: hands, the network and time go in; what follows comes out.

Owns the order in which the parts act on each other. Its timer is on the world axis of `Now`. A new
hub is switched off; `PowerOn` starts it. Hands work on a hub that is off, too.

Effects of one event come in this order: power, then the hardware's new state, then the radio, so
that whoever carries out a request at once never sees an older state after a newer one.
"""

from collections.abc import Iterable

from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import AnyBenchAction, BenchAction, Card
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Hardware, Signal
from hubsim_simulator.hardware.bench_actions import perform
from hubsim_simulator.hardware.board import Board
from hubsim_simulator.hardware.led import Led, led
from hubsim_simulator.hardware.ports import (
    CloudReachable,
    HardwareEffect,
    HardwareEvent,
    HardwareStateChanged,
    PoweredOff,
    PoweredOn,
)
from hubsim_simulator.hardware.power import PowerState
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.radio import RadioAnswer, RadioEffect
from hubsim_simulator.hardware.settings import HardwareSettings

FIRMWARE = "2.20.0"
"""The version shown unless another one is given. It stands for no real release."""


class HubHardware:
    """Slots, modem, links, power, lid and LED of one hub.

    Raises `BenchActionRefused` when the cards or links given at the start do not fit the model.
    """

    def __init__(
        self,
        hub_id: str,
        imei: str,
        profile: ModelProfile,
        settings: HardwareSettings,
        *,
        slots: dict[int, Card] | None = None,
        links: Iterable[str] = (),
        firmware: str = FIRMWARE,
    ) -> None:
        self.hub_id = hub_id
        self.imei = imei
        self._board = Board(imei, profile, settings, cards=slots or {}, links=links, firmware=firmware)
        self._cloud_reachable = False
        self._hardware = self._board.read()
        self._due_ms: int | None = None

    @property
    def powered(self) -> bool:
        """Return whether the hub is on and has booted."""
        return self._board.power.running

    @property
    def coverage(self) -> bool:
        """Return whether the hub stands in cellular coverage."""
        return self._board.coverage

    def card_in(self, slot: int) -> Card | None:
        """Return the card in the slot, or None. Take it from here before `RemoveSim` to use it elsewhere.

        Raises `BenchActionRefused` for a slot that is not there.
        """
        return self._board.slots.card_in(slot)

    def cards(self) -> list[Card]:
        """Return the cards in the slots, in the order of the slots; also while the hub is off."""
        return self._board.slots.cards()

    def cards_by_slot(self) -> dict[int, Card]:
        """Return the cards by the number of their slot; also while the hub is off."""
        slots = self._board.slots
        return {slot: card for slot in slots.numbers if (card := slots.card_in(slot)) is not None}

    @property
    def model(self) -> str:
        """Return the name of the model."""
        return self._board.profile.name

    @property
    def switched_on(self) -> bool:
        """Return whether the switch is on, whether there is energy or not."""
        return self._board.power.state is not PowerState.SWITCHED_OFF

    @property
    def strength(self) -> Signal:
        """Return the signal where there is coverage."""
        return self._board.strength

    def links(self) -> tuple[str, ...]:
        """Return what is plugged, sorted by name; also while the hub is off."""
        return tuple(sorted(link.value for link in self._board.links.plugged))

    def snapshot(self) -> Hardware:
        """Return what the hub knows of its hardware now."""
        return self._hardware

    def face(self) -> Led:
        """Return what can be seen of the logo now."""
        return led(
            powered=self.powered,
            channels=len(self._hardware.channels),
            cloud_reachable=self._cloud_reachable,
            dimmed=self._board.power.dimmed,
        )

    def due(self) -> int | None:
        """Return when the hardware wants a `Wake`, in milliseconds of the world clock, or None."""
        return self._due_ms

    def handle(self, event: HardwareEvent, now: Now) -> list[HardwareEffect]:
        """Take one event. Raises `BenchActionRefused` for hands that cannot, and has changed nothing then."""
        if isinstance(event, CloudReachable):
            self._cloud_reachable = event.reachable and self.powered
            return []
        ran = self.powered
        radio = self._act(event, now.world_ms)
        effects: list[HardwareEffect] = []
        if self.powered is not ran:
            radio = [*radio, *self._follow_power(now.world_ms)]
            effects.append(PoweredOff() if ran else PoweredOn())
        hardware = self._board.read()
        if hardware != self._hardware:
            self._hardware = hardware
            effects.append(HardwareStateChanged(hardware))
        self._due_ms = self._next_due()
        effects.extend(radio)
        return effects

    def _act(self, event: AnyBenchAction | RadioAnswer | Wake, now_ms: int) -> list[RadioEffect]:
        if isinstance(event, Wake):
            self._board.power.wake(now_ms)
            return self._board.modem.wake(now_ms)
        if isinstance(event, BenchAction):
            return perform(self._board, event, now_ms)
        return self._board.modem.hear(event, now_ms)

    def _follow_power(self, now_ms: int) -> list[RadioEffect]:
        """Start or stop what lives on the power."""
        if self.powered:
            return self._board.modem.start(now_ms)
        self._cloud_reachable = False
        return self._board.modem.stop()

    def _next_due(self) -> int | None:
        return earliest(self._board.power.due(), self._board.modem.due())
