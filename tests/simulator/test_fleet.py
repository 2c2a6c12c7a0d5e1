"""The fleet: the radio between hubs and carrier, and the order of their timers."""

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Start
from hubsim_contract.lab.bench_actions import (
    Card,
    CardKind,
    InsertSim,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetCoverage,
    SetMains,
    Unplug,
)
from hubsim_contract.mqtt.port import Connect, Connected, Received, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Channel, Order, Profile, Registration
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import CARRIER, At, Fleet
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import Sever, SimulatedHub

HUB, HUB_2 = "0000AA01", "0000AA02"
AJAX, AJAX_2 = make_card(CardKind.AJAX, 1), make_card(CardKind.AJAX, 2)
TOPICS = Topics()
SETTINGS = CarrierSettings(activation_delay_ms=60_000)


class Site:
    """A fleet with a clock. `effects` has all effects for MQTT ports so far."""

    def __init__(self) -> None:
        self.fleet = Fleet(Carrier(SETTINGS))
        self.now_ms = 0
        self.effects: list[At] = []
        self.wakes_ms: list[int] = []
        self._sequence = 0

    @property
    def now(self) -> Now:
        return Now(self.now_ms, self.now_ms)

    def hub(self, hub_id: str, *cards: Card, links: tuple[str, ...] = ()) -> SimulatedHub:
        """Add a hub and switch it on."""
        hardware = HubHardware(
            hub_id,
            make_imei(int(hub_id, 16)),
            load_profile("hub-2-plus"),
            HardwareSettings(),
            slots=dict(enumerate(cards, 1)),
            links=links,
        )
        hub = SimulatedHub(hardware, AgentSettings(hub_id=hub_id))
        self.fleet.add(hub)
        self.send(hub_id, PowerOn())
        return hub

    def send(self, station: str, *events: object) -> list[At]:
        begin = len(self.effects)
        for event in events:
            self.effects += self.fleet.handle(station, event, self.now)  # type: ignore[arg-type]
        return self.effects[begin:]

    def run(self, ms: int) -> list[At]:
        """Move the clock from one deadline to the next, until `ms` have passed."""
        end_ms, begin = self.now_ms + ms, len(self.effects)
        while (due_ms := self.fleet.due()) is not None and due_ms <= end_ms:
            assert not self.wakes_ms or due_ms > self.wakes_ms[-1], "a wake must run everything that is due"
            self.wakes_ms.append(due_ms)
            self.now_ms = due_ms
            self.effects += self.fleet.wake(self.now)
        self.now_ms = end_ms
        return self.effects[begin:]

    def carrier_online(self) -> None:
        self.send(CARRIER, Start(), Connected(), Subscribed())

    def order(self, card: Card, profile: Profile) -> list[At]:
        self._sequence += 1
        order = Order(iccid=card.iccid, sequence=self._sequence, profile=profile)
        return self.send(CARRIER, Received(TOPICS.of(MessageKind.ORDER, card.iccid), encode(order)))


def ordered(site: Site, *cards: Card) -> None:
    site.carrier_online()
    for card in cards:
        site.order(card, Profile.ACTIVE)
    site.run(SETTINGS.activation_delay_ms)


def registration(hub: SimulatedHub) -> Registration:
    return hub.hardware.snapshot().registration


def test_a_modem_asks_the_carrier_by_radio_and_is_denied_before_activation() -> None:
    site = Site()

    hub = site.hub(HUB, AJAX)
    site.run(5_000)

    assert registration(hub) is Registration.DENIED
    assert site.effects == []


def test_an_activated_card_registers_and_the_hub_connects_over_it() -> None:
    site = Site()
    ordered(site, AJAX)

    hub = site.hub(HUB, AJAX)
    effects = site.effects[-1:]
    site.run(5_000)

    assert registration(hub) is Registration.ROAMING
    assert hub.channel is Channel.CELLULAR
    assert [(at.station, type(at.effect)) for at in effects] == [(HUB, Connect)]


def test_a_cut_reaches_the_hub_by_radio_and_ends_its_connection_at_the_same_instant() -> None:
    site = Site()
    ordered(site, AJAX)
    hub = site.hub(HUB, AJAX)
    site.run(5_000)
    site.send(HUB, Connected(), Subscribed())

    effects = site.order(AJAX, Profile.INACTIVE)

    assert At(HUB, Sever()) in effects
    assert registration(hub) is not Registration.ROAMING
    assert site.fleet.carrier.holding(AJAX.iccid).attached_hub is None


def test_a_cut_affects_only_the_hub_with_the_card() -> None:
    site = Site()
    ordered(site, AJAX, AJAX_2)
    first, second = site.hub(HUB, AJAX), site.hub(HUB_2, AJAX_2)
    site.run(5_000)

    site.order(AJAX, Profile.INACTIVE)

    assert first.channel is None
    assert second.channel is Channel.CELLULAR


def test_a_removed_card_is_released_at_the_carrier() -> None:
    site = Site()
    ordered(site, AJAX)
    site.hub(HUB, AJAX)
    site.run(5_000)
    held_by = site.fleet.carrier.holding(AJAX.iccid).attached_hub

    site.send(HUB, RemoveSim(1))

    assert held_by == HUB
    assert site.fleet.carrier.holding(AJAX.iccid).attached_hub is None


def test_a_card_can_be_moved_from_one_hub_to_another() -> None:
    site = Site()
    ordered(site, AJAX)
    site.hub(HUB, AJAX)
    second = site.hub(HUB_2)
    site.run(5_000)

    site.send(HUB, RemoveSim(1))
    site.send(HUB_2, InsertSim(1, AJAX))
    site.run(10_000)

    assert registration(second) is Registration.ROAMING
    assert site.fleet.carrier.holding(AJAX.iccid).attached_hub == HUB_2


def test_a_hub_that_is_switched_off_needs_no_wake() -> None:
    site = Site()
    site.hub(HUB, AJAX)
    site.send(HUB, SetMains(present=False))
    before = site.fleet.due()

    site.send(HUB, PowerOff())

    assert before is not None
    assert site.fleet.due() is None


def test_the_earliest_timer_is_next_and_every_timer_fires_at_its_own_time() -> None:
    site = Site()
    site.hub(HUB, links=("ethernet",))
    site.now_ms = 1_000
    site.hub(HUB_2, links=("ethernet",))
    site.send(HUB, Restart())
    site.send(HUB_2, Unplug("ethernet"))

    site.run(3_600_000)

    assert site.wakes_ms == sorted(site.wakes_ms)
    assert site.wakes_ms[0] > 1_000


def test_one_wake_runs_all_hubs_that_are_due_at_the_same_instant() -> None:
    site = Site()
    hubs = [site.hub(f"0000AA{number:02}", make_card(CardKind.AJAX, number)) for number in range(1, 6)]
    for hub in hubs:
        site.send(hub.id, Restart())
    away = [hub.agent for hub in hubs]

    due_ms = site.fleet.due()
    assert due_ms is not None
    site.now_ms = due_ms
    site.fleet.wake(site.now)

    assert away == [None] * 5
    assert all(hub.agent is not None for hub in hubs)


def test_a_wake_before_its_time_does_nothing() -> None:
    site = Site()
    site.hub(HUB, AJAX)
    site.send(HUB, SetMains(present=False))
    site.run(5_000)

    due_ms = site.fleet.due()

    assert due_ms is not None
    assert due_ms > site.now_ms
    assert site.fleet.wake(site.now) == []
    assert site.fleet.due() == due_ms


def test_a_restarted_carrier_executes_its_waiting_orders_on_time() -> None:
    site = Site()
    site.carrier_online()
    site.order(AJAX, Profile.ACTIVE)
    memory = site.fleet.carrier.memory()

    site.fleet.replace_carrier(Carrier(SETTINGS, memory), site.now)
    site.carrier_online()
    site.run(SETTINGS.activation_delay_ms)

    assert site.fleet.carrier.holding(AJAX.iccid).profile is Profile.ACTIVE


def test_the_timers_of_a_replaced_carrier_are_dropped() -> None:
    site = Site()
    site.carrier_online()
    site.order(AJAX, Profile.ACTIVE)
    before = site.fleet.due()

    site.fleet.replace_carrier(Carrier(SETTINGS), site.now)

    assert before == SETTINGS.activation_delay_ms
    assert site.fleet.due() is None


def test_a_modem_asks_the_replacement_of_its_carrier() -> None:
    site = Site()
    site.carrier_online()
    hub = site.hub(HUB, AJAX)
    site.run(60_000)
    denied = registration(hub)

    site.fleet.replace_carrier(Carrier(SETTINGS, site.fleet.carrier.memory()), site.now)
    site.carrier_online()
    site.order(AJAX, Profile.ACTIVE)
    site.run(13 * 60_000)

    assert denied is Registration.DENIED
    assert registration(hub) is Registration.ROAMING


def test_a_modem_registers_again_when_coverage_returns() -> None:
    site = Site()
    ordered(site, AJAX)
    hub = site.hub(HUB, AJAX)
    site.run(5_000)

    site.send(HUB, SetCoverage(present=False))
    lost = registration(hub)
    site.send(HUB, SetCoverage(present=True))
    site.run(60_000)

    assert lost is not Registration.ROAMING
    assert registration(hub) is Registration.ROAMING
