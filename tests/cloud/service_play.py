"""A test driver for a Dealer with hubs: hubs report, time passes, services start and end."""

from datetime import datetime

from people_play import SETTINGS, Play

from hubsim_cloud.domain.commands import Activate, AddHub, BaseCommand, CreateObject
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.observations import accept_presence, accept_reported, observe, observe_presence
from hubsim_cloud.domain.orders import confirm
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.cards import HubCard, hub_card
from hubsim_cloud.domain.zones import zone
from hubsim_contract.wire.messages import (
    Channel,
    Confirmation,
    Hardware,
    OrderStage,
    Presence,
    Profile,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)

AJAX = "8988300000000000013"
AJAX_2 = "89883000000000000011"
ORDINARY = "8948010000000000018"
HUB, HUB_2 = "0000AA01", "0000AA02"
MINUTE_MS, DAY_MS = 60_000, 86_400_000


def instant(text: str, name: str = "Europe/Warsaw", *, fold: int = 0) -> int:
    """Return the instant of a local time, for example `2026-02-01 00:00`."""
    wall = datetime.fromisoformat(text).replace(tzinfo=zone(name), fold=fold)
    return round(wall.timestamp() * 1000)


def slot(iccid: str | None, number: int = 1, card: SimCard = SimCard.OK) -> SimSlot:
    return SimSlot(number, card, iccid)


EMPTY = SimSlot(1, SimCard.MISSING)


class ServicePlay(Play):
    """A play that applies everything that is due before the next command, as the engine does."""

    def __init__(self, settings: CloudSettings = SETTINGS) -> None:
        super().__init__()
        self.settings = settings
        self.boots: dict[str, int] = {}
        self.sequence = 0

    def attempt(self, actor: Actor, command: BaseCommand) -> Accepted | Refusal:
        self.passes_to(self.now_ms + 1_000)
        self.now_ms -= 1_000
        return super().attempt(actor, command)

    def next_act_at(self, at_ms: int) -> None:
        """Pass time so that the next command comes at exactly this instant."""
        self.passes_to(at_ms - 1_000)

    def passes_to(self, at_ms: int) -> list[Fact]:
        """Pass time, and return the facts that it caused."""
        assert at_ms >= self.now_ms
        caused: list[Fact] = []
        while facts := catch_up(self.state, at_ms, self.settings):
            for fact in facts:
                self.happens(fact)
            caused += facts
        next_ms = due(self.state, self.settings)
        assert next_ms is None or next_ms > at_ms
        self.now_ms = at_ms
        return caused

    # ---------------------------------------------------------------- hubs

    def dealer_with_hub(self, *sims: SimSlot) -> Actor:
        """Return a Dealer with one approved Reseller and one hub with these cards; default: an Ajax SIM."""
        dealer = self.dealer("olga")
        self.connected(dealer, self.reseller("northwatch"))
        self.adds_hub(dealer, HUB)
        self.reports(HUB, sims or (slot(AJAX),))
        return dealer

    def adds_hub(self, dealer: Actor, hub: str) -> str:
        """Add the hub to a new object; return the object."""
        place = self.does(dealer, CreateObject(name="Villa"))["object"]
        self.does(dealer, AddHub(object=place, hub=hub, model="hub-2-plus"))
        return place

    def reports(self, hub: str, sims: tuple[SimSlot, ...] = (), **hardware: object) -> list[Fact]:
        """Accept a report of the hub, and return the facts that it causes."""
        applied_version = hardware.pop("applied_version", 0)
        self.sequence += 1
        reported = Reported(
            hub=hub,
            boot=1,
            sequence=self.sequence,
            applied_version=applied_version,  # type: ignore[arg-type]
            armed=bool(hardware.pop("armed", False)),
            hardware=Hardware(model="hub-2-plus", firmware="2.17", sims=sims, **hardware),  # type: ignore[arg-type]
        )
        assert accept_reported(self.device(hub), reported, self.now_ms)
        return self.applies_all(observe(self.state, hub, reported, self.now_ms, self.settings))

    def comes_online(self, hub: str = HUB, *channels: Channel, sims: tuple[SimSlot, ...] = ()) -> list[Fact]:
        self.boots[hub] = self.boots.get(hub, 0) + 1
        facts = self._presence(hub, online=True)
        if channels:
            facts += self.reports(hub, sims or self.state.hubs[hub].sims, channels=channels)
        return facts

    def goes_offline(self, hub: str = HUB) -> list[Fact]:
        return self._presence(hub, online=False)

    def _presence(self, hub: str, *, online: bool) -> list[Fact]:
        presence = Presence(hub=hub, online=online, boot=self.boots[hub], connection=1)
        assert accept_presence(self.device(hub), presence, self.now_ms)
        return self.applies_all(observe_presence(self.state, hub, self.now_ms))

    def applies_all(self, facts: list[Fact]) -> list[Fact]:
        for fact in facts:
            self.happens(fact)
        return facts

    def device(self, hub: str) -> Device:
        return self.state.devices.setdefault(hub, Device())

    # ---------------------------------------------------------------- services

    def carrier_executes(self, iccid: str) -> None:
        """Confirm the newest order for the SIM, as the carrier does."""
        order = self.state.profiles[iccid]
        for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
            answer = Confirmation(iccid=iccid, sequence=order.sequence, profile=order.wanted, stage=stage)
            self.applies_all(confirm(self.state, answer, self.now_ms, self.settings))

    def active(self) -> Actor:
        """Return a Dealer whose only hub has running services."""
        dealer = self.dealer_with_hub()
        self.does(dealer, Activate(hub=HUB))
        return dealer

    def hub(self, name: str = HUB) -> Hub:
        return self.state.hubs[name]

    def service(self, name: str = HUB) -> ServiceState:
        return self.state.hubs[name].wanted.service

    def card(self, name: str = HUB) -> HubCard:
        context = DecisionContext(self.state, Actor(person=None), self.now_ms, self.settings)
        return hub_card(context, self.hub(name))

    def ordered(self, iccid: str = AJAX) -> Profile | None:
        profile = self.state.profiles.get(iccid)
        return None if profile is None else profile.wanted
