"""Databases with many hubs, as after years of use. They are created through the domain, without its waits.

Each hub has a separate object, has reported an Ajax SIM, and has applied its desired document. Every tenth
hub has services, and the carrier has executed their order. Nothing is pending. The hubs count as online.
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
    ScheduleDeactivation,
    SendRequest,
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Answer, CommandReceived
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
ONE_SERVED_OF = 10
"""One of this number of hubs has services."""
DEALERS_AT_ONCE = 20
"""Number of Dealers, with their hubs, in one transaction."""
TOPICS = Topics()


async def make(path: Path, hubs: int, *, all_expire: bool = False) -> int:
    """Create a database with `hubs` hubs, a multiple of `HUBS_OF_A_DEALER`. Return the number of facts.

    `all_expire`: every hub has services, and all end on the 1st of the next month.
    """
    business, store = _Business(all_expire=all_expire), await Store.open(path)
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


def business_of_one_dealer(hubs: int) -> tuple[CloudEngine, Actor]:
    """Return an engine with one Dealer that has `hubs` hubs, each in a separate object; and its owner."""
    business = _Business(all_expire=False)
    dealer = business.dealer(business.reseller(), 0, hubs)
    return business.engine, dealer


class _Business:
    """An engine, and its facts that are not stored yet."""

    def __init__(self, *, all_expire: bool) -> None:
        self.engine = CloudEngine(CloudSettings(), TOPICS)
        self._all_expire = all_expire
        self._now = Now(0, time.time_ns() // 1_000_000)
        self._facts = 0
        self._hubs: list[str] = []

    def batch(self) -> Batch:
        """Return the facts and devices since the last call."""
        devices = {hub: self.engine.state.devices[hub] for hub in self._hubs}
        batch = Batch(
            first_position=self._facts + 1, facts=tuple(self.engine.log[self._facts :]), devices=devices
        )
        self._facts, self._hubs = len(self.engine.log), []
        return batch

    def reseller(self) -> Actor:
        """Create the Reseller of all Dealers."""
        reseller = self._company("reseller")
        assert reseller.account is not None
        self._run(OPERATOR, AppointReseller(company=reseller.account, email="desk@example.test"))
        return reseller

    def dealer(self, reseller: Actor, first: int, hubs: int = HUBS_OF_A_DEALER) -> Actor:
        """Create a Dealer with its hubs, and return its owner. The first hub has the number `first`."""
        dealer = self._company(f"dealer{first}")
        assert dealer.account is not None
        self._run(dealer, EnrollAsDealer(registration_number="5260001246"))
        self._run(dealer, SendRequest(reseller=reseller.account))
        self._run(reseller, ApproveRequest(dealer=dealer.account))
        for number in range(first, first + hubs):
            self._hub(dealer, number, served=self._all_expire or number % ONE_SERVED_OF == 0)
        return dealer

    def _hub(self, dealer: Actor, number: int, *, served: bool) -> None:
        hub, iccid = f"{number:08X}", _iccid(number)
        object_id = self._run(dealer, CreateObject(name=f"Villa {number}"))["object"]
        self._run(dealer, AddHub(object=object_id, hub=hub, model="hub-2-plus"))
        self._report(hub, iccid, 1)
        if served:
            self._run(dealer, Activate(hub=hub))
            for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
                confirmation = Confirmation(iccid=iccid, sequence=1, profile=Profile.ACTIVE, stage=stage)
                self._receive(MessageKind.CONFIRMATION, iccid, confirmation)
        if self._all_expire:
            self._run(dealer, ScheduleDeactivation(hub=hub))
        self._report(hub, iccid, 2)
        self._hubs.append(hub)

    def _report(self, hub: str, iccid: str, sequence: int) -> None:
        """Report, as the hub, its SIM and that it has applied its current desired document."""
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
        self._receive(MessageKind.REPORTED, hub, reported)

    def _company(self, name: str) -> Actor:
        person = self._run(Actor(None), SignUp(email=f"{name}@example.test", name=name))["person"]
        desktop = Actor(person, App.PRO_DESKTOP, None)
        company = self._run(desktop, CreateCompany(name=name, country="PL"))["company"]
        return Actor(person, App.PRO_DESKTOP, company)

    def _run(self, actor: Actor, command: Command) -> dict[str, str]:
        """Run a command that must be accepted, and return its result."""
        effects = self.engine.handle(CommandReceived(0, actor, command), self._now)
        (outcome,) = [effect.outcome for effect in effects if isinstance(effect, Answer)]
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    def _receive(self, kind: MessageKind, subject: str, message: AnyMessage) -> None:
        """Pass a message of a hub or of the carrier to the engine."""
        self.engine.handle(Received(TOPICS.of(kind, subject), encode(message)), self._now)


def _iccid(number: int) -> str:
    digits = f"8988300{number:011d}"
    return digits + luhn_digit(digits)
