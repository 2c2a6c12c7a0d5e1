"""The hardware of one hub as a core: bench actions, network answers and time in, effects out.

Owns the order in which the parts act on each other. Its timer is on the world axis of `Now`. A new hub is
switched off; `PowerOn` starts it. Bench actions also work on a hub that is off.

The effects of one event have this order: power, the new state of the hardware, radio. A caller that performs
a radio request at once therefore never sees an older state after a newer one.
"""

from collections.abc import Iterable

from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import AnyBenchAction, BenchAction, Card, Internet, NetworkGeneration
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Channel, Hardware, Signal
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
"""The default firmware version. It is not a real release."""


class HubHardware:
    """Slots, modem, links, power, lid and LED of one hub.

    Raises `BenchActionRefused` if the initial cards or links do not fit the model.
    """

    __slots__ = (
        "_board",
        "_cloud_reachable",
        "_due_ms",
        "_hardware",
        "hub_id",
        "imei",
    )

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
        """Return whether the hub has cellular coverage."""
        return self._board.site.coverage

    def card_in(self, slot: int) -> Card | None:
        """Return the card in the slot, or None. To move a card, read it here before `RemoveSim`.

        Raises `BenchActionRefused` for a slot that does not exist.
        """
        return self._board.slots.card_in(slot)

    def cards(self) -> list[Card]:
        """Return the cards in the order of their slots, also while the hub is off."""
        return self._board.slots.cards()

    def cards_by_slot(self) -> dict[int, Card]:
        """Return the cards by slot number, also while the hub is off."""
        slots = self._board.slots
        return {slot: card for slot in slots.numbers if (card := slots.card_in(slot)) is not None}

    @property
    def slot_numbers(self) -> tuple[int, ...]:
        """Return the numbers of all SIM slots, from 1."""
        return tuple(self._board.slots.numbers)

    @property
    def model(self) -> str:
        """Return the name of the model."""
        return self._board.profile.name

    @property
    def switched_on(self) -> bool:
        """Return whether the switch is on, with or without energy."""
        return self._board.power.state is not PowerState.SWITCHED_OFF

    @property
    def strength(self) -> Signal:
        """Return the signal strength while there is coverage."""
        return self._board.site.strength

    @property
    def slot_signals(self) -> dict[int, Signal]:
        """Return the signal strength of the slots that have their own."""
        return dict(self._board.site.slot_strengths)

    @property
    def generations(self) -> tuple[NetworkGeneration, ...]:
        """Return the radio generations in reach, the newest one last."""
        return self._board.site.generations

    @property
    def roaming(self) -> bool:
        """Return whether the hub's settings allow roaming."""
        return self._board.modem.roaming

    def apns(self) -> dict[int, str]:
        """Return the APNs of the hub's settings, by slot."""
        return dict(self._board.modem.apns)

    def links(self) -> tuple[str, ...]:
        """Return the plugged links, sorted by name, also while the hub is off."""
        return tuple(sorted(link.value for link in self._board.links.plugged))

    def rate_bps(self, channel: Channel) -> int | None:
        """Return the limit of the channel in bits a second, in each direction; None: there is no limit."""
        session = self._board.modem.session if channel is Channel.CELLULAR else None
        return None if session is None else session.rate_bps

    @property
    def metered_card(self) -> str | None:
        """Return the card whose data the carrier counts, or None."""
        session = self._board.modem.session
        return session.iccid if session is not None and session.metered else None

    def internet(self, channel: Channel) -> Internet:
        """Return the internet access of the channel, independent of what the hub knows of it."""
        return self._board.internet.state(channel)

    def internet_states(self) -> dict[str, Internet]:
        """Return the links whose internet access is not `ok`, by name."""
        return self._board.internet.states()

    def snapshot(self) -> Hardware:
        """Return the current state of the hardware, as the hub knows it."""
        return self._hardware

    def face(self) -> Led:
        """Return the current state of the logo."""
        return led(
            powered=self.powered,
            channels=len(self._hardware.channels),
            cloud_reachable=self._cloud_reachable,
            dimmed=self._board.power.dimmed,
        )

    def due(self) -> int | None:
        """Return when the hardware needs a `Wake`, in milliseconds of the world clock, or None."""
        return self._due_ms

    def handle(self, event: HardwareEvent, now: Now) -> list[HardwareEffect]:
        """Process one event. An impossible bench action raises `BenchActionRefused` and changes nothing."""
        if isinstance(event, CloudReachable):
            self._cloud_reachable = event.reachable and self.powered
            self._board.internet.use(event.channel if self._cloud_reachable else None, now.world_ms)
            self._due_ms = self._next_due()
            return []
        was_powered, had_modem = self.powered, self._board.modem_powered
        radio = self._act(event, now.world_ms)
        effects: list[HardwareEffect] = []
        if self._board.modem_powered is not had_modem:
            modem = self._board.modem
            radio = [*radio, *(modem.stop() if had_modem else modem.start(now.world_ms))]
        if self.powered is not was_powered:
            self._cloud_reachable = False
            self._board.internet.use(None, now.world_ms)
            for channel in Channel:
                self._board.internet.check(channel)
            effects.append(PoweredOff() if was_powered else PoweredOn())
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
            self._board.internet.wake(now_ms)
            return self._board.modem.wake(now_ms)
        if isinstance(event, BenchAction):
            return perform(self._board, event, now_ms)
        return self._board.modem.handle(event, now_ms)

    def _next_due(self) -> int | None:
        board = self._board
        checks_ms = board.internet.due() if board.power.running else None
        return earliest(board.power.due(), board.modem.due(), checks_ms)
