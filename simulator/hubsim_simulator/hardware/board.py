"""The parts of one hub, and the state that the hub reads from them."""

from collections.abc import Iterable

from hubsim_contract.lab.bench_actions import Card
from hubsim_contract.wire.messages import Channel, Hardware, Signal, SimCard
from hubsim_simulator.hardware.links import Links
from hubsim_simulator.hardware.modem import Modem
from hubsim_simulator.hardware.power import Power
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hardware.slots import Slots


class Board:
    """All parts of one hub. Raises `BenchActionRefused` if the cards or links do not fit the model."""

    def __init__(
        self,
        imei: str,
        profile: ModelProfile,
        settings: HardwareSettings,
        *,
        cards: dict[int, Card],
        links: Iterable[str],
        firmware: str,
    ) -> None:
        self.profile = profile
        self.firmware = firmware
        self.slots = Slots(profile.sim_slots, cards, takes_ajax_sim=profile.takes_ajax_sim)
        self.links = Links(profile, links)
        self.power = Power(settings)
        self.modem = Modem(imei, profile.generations[-1], self.slots, settings)
        self.strength = Signal.STRONG
        """The signal strength while there is coverage."""
        self.coverage = True
        self.lid_open = False

    def channels(self) -> tuple[Channel, ...]:
        """Return the connected channels, sorted by name; none while the hub is off."""
        if not self.power.running:
            return ()
        connected = set(self.links.plugged)
        if self.modem.registered:
            connected.add(Channel.CELLULAR)
        return tuple(sorted(connected))

    def read(self) -> Hardware:
        """Return the hub's state as it knows it. While the hub is off, its cards are unknown.

        A broken card counts as a malfunction of the hub.
        """
        running = self.power.running
        sims = self.slots.readings if running else self.slots.unread
        return Hardware(
            model=self.profile.name,
            firmware=self.firmware,
            channels=self.channels(),
            sims=sims,
            active_sim=self.modem.active,
            registration=self.modem.registration,
            generation=self.modem.generation,
            signal=self.strength if running and self.coverage else Signal.NONE,
            battery_percent=self.power.battery_percent,
            mains=self.power.mains,
            lid_open=self.lid_open,
            malfunction=any(sim.card is SimCard.MALFUNCTION for sim in sims),
        )
