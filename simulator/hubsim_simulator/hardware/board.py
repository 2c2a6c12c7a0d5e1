"""The parts of one hub, and the state that the hub reads from them."""

from collections.abc import Iterable

from hubsim_contract.lab.bench_actions import Card
from hubsim_contract.wire.messages import Channel, Hardware, Registration, Signal, SimCard
from hubsim_simulator.hardware.internet import InternetAccess
from hubsim_simulator.hardware.links import Links
from hubsim_simulator.hardware.modem import Modem
from hubsim_simulator.hardware.modem_states import ModemState
from hubsim_simulator.hardware.power import Power, PowerState
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hardware.site import RadioSite
from hubsim_simulator.hardware.slots import Slots


class Board:
    """All parts of one hub. Raises `BenchActionRefused` if the cards or links do not fit the model."""

    __slots__ = (
        "_restart_resets_modem",
        "firmware",
        "internet",
        "lid_open",
        "links",
        "modem",
        "power",
        "profile",
        "site",
        "slots",
    )

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
        self.internet = InternetAccess(settings.link_check_ms)
        self.power = Power(settings)
        self.site = RadioSite(profile.generations)
        self.modem = Modem(imei, self.slots, self.site, settings)
        self.lid_open = False
        self._restart_resets_modem = settings.restart_resets_modem

    @property
    def modem_powered(self) -> bool:
        """Return whether the modem has power. The reset button may leave it powered."""
        if self.power.state is PowerState.RESTARTING:
            return not self._restart_resets_modem
        return self.power.running

    def channels(self) -> tuple[Channel, ...]:
        """Return the connected channels, sorted by name; none while the hub is off.

        A channel is connected if it is up, and if the hub has not found that it has no internet.
        """
        if not self.power.running:
            return ()
        connected = set(self.links.plugged)
        if self.modem.session is not None:
            connected.add(Channel.CELLULAR)
        return tuple(sorted(filter(self.internet.seems_usable, connected)))

    def read(self) -> Hardware:
        """Return the hub's state as it knows it.

        The cards are unknown while the hub is off or its modem hangs. A hang and a broken card count as a
        malfunction of the hub.
        """
        running = self.power.running
        answering = running and self.modem.state is not ModemState.HUNG
        hangs = running and not answering
        sims = self.slots.readings if answering else self.slots.detected() if hangs else self.slots.unread
        return Hardware(
            model=self.profile.name,
            firmware=self.firmware,
            channels=self.channels(),
            sims=sims,
            active_sim=self.modem.active if answering else None,
            registration=self.modem.registration if running else Registration.NOT_REGISTERED,
            generation=self.modem.generation if running else None,
            signal=self.site.signal(self.modem.active) if answering else Signal.NONE,
            battery_percent=self.power.battery_percent,
            mains=self.power.mains,
            lid_open=self.lid_open,
            malfunction=hangs or any(sim.card is SimCard.MALFUNCTION for sim in sims),
        )
