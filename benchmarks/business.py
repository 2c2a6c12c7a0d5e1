"""Databases with many hubs, as if years of work had made them: through the domain, but without the waiting.

Each hub stands in an object of its own, has reported an Ajax SIM, and has applied what is wanted of it; every
tenth runs services whose order the carrier has executed. Nothing is unsettled. The hubs count as online.
"""

import time
from pathlib import Path

from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    AppointReseller,
    ApproveRequest,
    Command,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    SendRequest,
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_cloud.engine import Answer, CloudEngine, CommandReceived
from hubsim_cloud.service.store import Batch, Store
from hubsim_contract.core import Now
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import AnyMessage, encode
from hubsim_contract.wire.identifiers import luhn_digit
from hubsim_contract.wire.messages import (
    Channel,
    Confirmation,
    Hardware,
    OrderStage,
    Profile,
    Reported,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind, Topics

HUBS_OF_A_DEALER = 100
SERVED_EACH = 10
"""Of so many hubs one runs services."""
DEALERS_AT_ONCE = 20
"""So many Dealers with their hubs go into one transaction."""
TOPICS = Topics()


async def make(path: Path, hubs: int) -> int:
    """Make a database with so many hubs, a multiple of `HUBS_OF_A_DEALER`; return the number of facts."""
    business, store = _Business(), await Store.open(path)
    try:
        reseller = business.reseller()
        for first in range(0, hubs, HUBS_OF_A_DEALER):
            business.dealer(reseller, first)
            if first // HUBS_OF_A_DEALER % DEALERS_AT_ONCE == DEALERS_AT_ONCE - 1:
                await store.commit(business.batch())
        await store.commit(business.batch())
    finally:
        await store.close()
    return len(business.engine.log)


class _Business:
    """An engine to which things happen, and what of it is still to be stored."""

    def __init__(self) -> None:
        self.engine = CloudEngine(CloudSettings(), TOPICS)
        self._now = Now(0, time.time_ns() // 1_000_000)
        self._facts = 0
        self._hubs: list[str] = []

    def batch(self) -> Batch:
        """Return what is new since the last time."""
        devices = {hub: self.engine.state.devices[hub] for hub in self._hubs}
        batch = Batch(
            first_position=self._facts + 1, facts=tuple(self.engine.log[self._facts :]), devices=devices
        )
        self._facts, self._hubs = len(self.engine.log), []
        return batch

    def reseller(self) -> Actor:
        """Make the Reseller of all Dealers."""
        reseller = self._company("reseller")
        assert reseller.account is not None
        self._does(OPERATOR, AppointReseller(company=reseller.account, email="desk@example.test"))
        return reseller

    def dealer(self, reseller: Actor, first: int) -> None:
        """Make a Dealer with its hubs, of which the first one has this number."""
        dealer = self._company(f"dealer{first}")
        assert dealer.account is not None
        self._does(dealer, EnrollAsDealer(registration_number="5260001246"))
        self._does(dealer, SendRequest(reseller=reseller.account))
        self._does(reseller, ApproveRequest(dealer=dealer.account))
        for number in range(first, first + HUBS_OF_A_DEALER):
            self._hub(dealer, number, served=number % SERVED_EACH == 0)

    def _hub(self, dealer: Actor, number: int, *, served: bool) -> None:
        hub, iccid = f"{number:08X}", _iccid(number)
        place = self._does(dealer, CreateObject(name=f"Villa {number}"))["object"]
        self._does(dealer, AddHub(object=place, hub=hub, model="hub-2-plus"))
        self._reports(hub, iccid, 1)
        if served:
            self._does(dealer, Activate(hub=hub))
            for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
                confirmation = Confirmation(iccid=iccid, sequence=1, profile=Profile.ACTIVE, stage=stage)
                self._hears(MessageKind.CONFIRMATION, iccid, confirmation)
        self._reports(hub, iccid, 2)
        self._hubs.append(hub)

    def _reports(self, hub: str, iccid: str, sequence: int) -> None:
        """Let the hub report that it has applied what is wanted of it by now, and its SIM."""
        hardware = Hardware(
            model="hub-2-plus",
            firmware="2.20.0",
            channels=(Channel.CELLULAR, Channel.ETHERNET),
            sims=(SimSlot(1, SimCard.OK, iccid), SimSlot(2, SimCard.MISSING)),
            active_sim=1,
        )
        version = self.engine.state.hubs[hub].version
        reported = Reported(
            hub=hub, boot=1, connection=1, sequence=sequence, applied_version=version, hardware=hardware
        )
        self._hears(MessageKind.REPORTED, hub, reported)

    def _company(self, name: str) -> Actor:
        person = self._does(Actor(None), SignUp(email=f"{name}@example.test", name=name))["person"]
        desktop = Actor(person, App.PRO_DESKTOP, None)
        company = self._does(desktop, CreateCompany(name=name, country="PL"))["company"]
        return Actor(person, App.PRO_DESKTOP, company)

    def _does(self, actor: Actor, command: Command) -> dict[str, str]:
        """Let somebody do what must be granted, and return what they get back."""
        effects = self.engine.handle(CommandReceived(0, actor, command), self._now)
        (outcome,) = [effect.outcome for effect in effects if isinstance(effect, Answer)]
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    def _hears(self, kind: MessageKind, subject: str, message: AnyMessage) -> None:
        """Let a hub or the carrier say something."""
        self.engine.handle(Received(TOPICS.of(kind, subject), encode(message)), self._now)


def _iccid(number: int) -> str:
    digits = f"8988300{number:011d}"
    return digits + luhn_digit(digits)
