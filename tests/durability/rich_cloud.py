"""A cloud with history: every part of the business in a database file, by the real service and store.

The fixtures in `tests/fixtures` are such files, each made by the program version of its schema. To make the
file for a new schema: `python tests/durability/rich_cloud.py tests/fixtures/cloud-schema-4.db`.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from hubsim_cloud.domain.commands import (
    Activate,
    AddEmployee,
    AddHub,
    AppointReseller,
    ApproveRequest,
    ArmHub,
    BaseCommand,
    ConfigureHub,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    ScheduleDeactivation,
    SendRequest,
    SignUp,
    StopNow,
    SuspendConnection,
    SwitchAccount,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.rows import Credential, Key, RowChanges, UserSession
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_contract.core import Now, Wake
from hubsim_contract.mqtt.port import PortEffect, Received
from hubsim_contract.wire.codec import AnyMessage, encode
from hubsim_contract.wire.messages import (
    Channel,
    Confirmation,
    Hardware,
    HubEvent,
    OrderStage,
    Presence,
    Profile,
    Reported,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind, Topics

HUB, HUB_2, HUB_3 = "0000AA01", "0000AA02", "0000AA03"
AJAX, AJAX_2 = "8988300000000000013", "8988300000000000021"
NINE_MS = 1_768_464_000_000
"""2026-01-15 09:00 in Warsaw."""
APRIL_MS = 1_775_120_400_000
"""2026-04-02 11:00 in Warsaw."""
TOPICS = Topics()
KEY = Key("anonymous", "one sign-up", "fingerprint")


class MovingClock:
    """A clock that moves only when `now_ms` is set."""

    def __init__(self) -> None:
        self.now_ms = NINE_MS

    def now(self) -> Now:
        return Now(self.now_ms, self.now_ms)


class NullWatcher:
    """A watcher that does nothing."""

    def record(self, *_: object) -> None:
        pass

    def kept(self, *_: object) -> None:
        pass

    def complain(self, complaint: object) -> None:
        raise AssertionError(complaint)

    def judged(self, verdict: object) -> None:
        pass

    def served(self) -> None:
        pass


class RichCloud:
    """A running cloud, with methods for people, hubs and the carrier."""

    def __init__(self, service: CloudService, clock: MovingClock) -> None:
        self.service = service
        self.clock = clock
        self._sequence = 0

    async def adds_rows(self) -> None:
        """Store a credential, a session and an answer."""
        credential = Credential("person-1", "olga@example.test", "argon2:no hash of anything")
        session = UserSession("no hash either", "person-1", App.PRO_APP, "company-1", 2**50, created_ms=1)
        await self.service.keep(RowChanges(credentials=(credential,), sessions=(session,)))
        await self.service.submit(Actor(None), SignUp(email="last@example.test", name="Last"), key=KEY)

    async def does(self, actor: Actor, command: BaseCommand) -> dict[str, str]:
        outcome = await self.service.command(actor, command)  # type: ignore[arg-type]
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    def receives(self, kind: MessageKind, message: AnyMessage) -> None:
        subject = message.iccid if isinstance(message, Confirmation) else message.hub  # type: ignore[union-attr]
        self.service.post(Received(TOPICS.of(kind, subject), encode(message)))

    async def company(self, name: str) -> Actor:
        person = (await self.does(Actor(None), SignUp(email=f"{name}@example.test", name=name)))["person"]
        made = await self.does(Actor(person), CreateCompany(name=f"{name} and sons", country="PL"))
        return Actor(person, App.PRO_DESKTOP, made["company"])

    async def hub(self, dealer: Actor, place: str, hub: str, iccid: str) -> None:
        """Add a hub to the object. It is online with an Ajax SIM."""
        await self.does(dealer, AddHub(object=place, hub=hub, model="hub-2-plus"))
        self.receives(MessageKind.PRESENCE, Presence(hub=hub, online=True, boot=1, connection=1))
        self._sequence += 1
        hardware = Hardware(
            model="hub-2-plus",
            firmware="2.20.0",
            channels=(Channel.ETHERNET,),
            sims=(SimSlot(1, SimCard.OK, iccid),),
        )
        self.receives(
            MessageKind.REPORTED,
            Reported(hub=hub, boot=1, sequence=self._sequence, applied_version=0, hardware=hardware),
        )
        self.receives(
            MessageKind.EVENTS,
            HubEvent(hub=hub, boot=1, number=1, kind="lid_opened", at_ms=self.clock.now_ms),
        )

    def confirms(self, iccid: str, sequence: int, profile: Profile) -> None:
        for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
            message = Confirmation(iccid=iccid, sequence=sequence, profile=profile, stage=stage)
            self.receives(MessageKind.CONFIRMATION, message)


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[RichCloud]:
    """Run a cloud on this file, without a broker."""
    store = await Store.open(path)
    try:
        saved = await store.load()
        engine, clock = CloudEngine(CloudSettings(), TOPICS), MovingClock()
        engine.restore(saved.facts, saved.devices)
        service = CloudService(engine, store, clock, _nowhere, NullWatcher())
        serving = asyncio.ensure_future(service.run())
        try:
            yield RichCloud(service, clock)
        finally:
            serving.cancel()
            await asyncio.wait({serving})
    finally:
        await store.close()


def _nowhere(_: PortEffect) -> None:
    """Ignore the effect."""


async def run_history(cloud: RichCloud) -> Actor:
    """Run two Dealers, two Resellers and three hubs from January to April; return the first Dealer."""
    olga, petr, rita, sven = [await cloud.company(name) for name in ("olga", "petr", "rita", "sven")]
    await _connect(cloud, (olga, petr), (rita, sven))
    await _employ(cloud, olga)
    place = (await cloud.does(olga, CreateObject(name="Villa")))["object"]
    await cloud.hub(olga, place, HUB, AJAX)
    await cloud.hub(olga, place, HUB_2, AJAX_2)
    await cloud.does(olga, AddHub(object=place, hub=HUB_3, model="hub-2"))
    await _serve(cloud, olga, rita, sven)
    return olga


async def _connect(cloud: RichCloud, dealers: tuple[Actor, ...], resellers: tuple[Actor, ...]) -> None:
    for reseller in resellers:
        assert reseller.account is not None
        email = f"{reseller.account}@example.test"
        await cloud.does(OPERATOR, AppointReseller(company=reseller.account, email=email))
    for dealer in dealers:
        await cloud.does(dealer, EnrollAsDealer(registration_number="5260001246"))
        for reseller in resellers:
            await cloud.does(dealer, SendRequest(reseller=reseller.account))
    assert dealers[0].account is not None
    for number, reseller in enumerate(resellers, 1):
        await cloud.does(reseller, ApproveRequest(dealer=dealers[0].account, number=f"D-{number}"))


async def _employ(cloud: RichCloud, owner: Actor) -> None:
    await cloud.does(Actor(None), SignUp(email="ivan@example.test", name="Ivan"))
    employee = await cloud.does(owner, AddEmployee(email="ivan@example.test", role=EmployeeRole.INSTALLER))
    await cloud.does(Actor(employee["person"]), SwitchAccount(company=owner.account))


async def _serve(cloud: RichCloud, dealer: Actor, reseller: Actor, other: Actor) -> None:
    """Activate and configure services for two months, stop one service, and wait until the other expires."""
    await cloud.does(dealer, Activate(hub=HUB, reseller=reseller.account))
    await cloud.does(dealer, Activate(hub=HUB_2, reseller=other.account))
    cloud.confirms(AJAX, 1, Profile.ACTIVE)
    cloud.confirms(AJAX_2, 1, Profile.ACTIVE)
    await cloud.does(dealer, ConfigureHub(hub=HUB, ping_s=30, channel_loss_notice_min=5))
    await cloud.does(dealer, ArmHub(hub=HUB))
    assert dealer.account is not None
    await cloud.does(other, SuspendConnection(dealer=dealer.account))
    cloud.clock.now_ms = APRIL_MS
    cloud.service.post(Wake())
    await cloud.does(dealer, StopNow(hub=HUB_2))
    cloud.confirms(AJAX_2, 2, Profile.INACTIVE)
    await cloud.does(dealer, ScheduleDeactivation(hub=HUB))
    cloud.receives(MessageKind.PRESENCE, Presence(hub=HUB_2, online=False, boot=1, connection=1))
    await cloud.does(Actor(None), SignUp(email="late@example.test", name="Late"))


async def make(path: Path) -> None:
    """Make a fixture."""
    async with running(path) as cloud:
        await run_history(cloud)
        await cloud.adds_rows()
    store = await Store.open(path)
    await store.load()
    await store.pack(2, size=16, loose=20)
    await store.pack_events(size=1, loose=0)
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
