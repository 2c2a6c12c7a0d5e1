"""The virtual soak: days of a fleet in the virtual world, in this process, with every deadline at its time.

Each hub does something every day, and some of its services start, end or expire. The soak measures the memory
of the world: the blocks that Python has allocated, after a collection. The trace of a play is not a part of
it, and is emptied after each step.
"""

import gc
import sys
from random import Random

from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    AppointReseller,
    ApproveRequest,
    Command,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    Resume,
    ScheduleDeactivation,
    SendRequest,
    SignUp,
    StopNow,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    CardKind,
    HubSetup,
    PowerOff,
    PowerOn,
    Restart,
    SetLid,
    SetMains,
)
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import Conditions
from hubsim_simulator.broker.profiles import EMBEDDED
from hubsim_simulator.hardware.cards import make_card, make_imei
from tools.soak.soak_record import SoakRecord

START_MS = 1_769_558_400_000
"""2026-01-28 00:00 UTC: a month ends in the first week."""
HOUR_MS = 3_600_000
STEPS_A_DAY = 4
STEP_MS = 24 * HOUR_MS // STEPS_A_DAY
SERVICE_ACTS: tuple[type[Activate | ScheduleDeactivation | Resume | StopNow], ...] = (
    Activate,
    ScheduleDeactivation,
    Resume,
    StopNow,
)
BENCH_ACTS: tuple[tuple[AnyBenchAction, ...], ...] = (
    (PowerOff(), PowerOn()),
    (Restart(),),
    (SetLid(open=True), SetLid(open=False)),
    (SetMains(present=False), SetMains(present=True)),
)


class VirtualSoak:
    """A soak of a fleet of this size. `record` has a sample of each step."""

    def __init__(self, *, hubs: int, rng: Random) -> None:
        self.record = SoakRecord()
        self._rng = rng
        self._hubs = [f"{0xF000_0001 + number:08X}" for number in range(hubs)]
        self._world = VirtualWorld(Conditions(start_ms=START_MS, broker=EMBEDDED, seed=rng.getrandbits(31)))
        self._dealer: Actor

    async def run(self, days: int) -> None:
        """Compute this number of days, from one deadline to the next."""
        await self._world.open()
        await self._prepare()
        for step in range(days * STEPS_A_DAY):
            for hub in self._rng.sample(self._hubs, len(self._hubs) // STEPS_A_DAY or 1):
                await self._act(hub)
            await self._world.advance(START_MS + (step + 1) * STEP_MS)
            self._sample((step + 1) * STEP_MS / 1_000)
        await self._world.close()

    async def _prepare(self) -> None:
        reseller = await self._company("reseller")
        assert reseller.account is not None
        await self._must(OPERATOR, AppointReseller(company=reseller.account, email="desk@example.test"))
        self._dealer = dealer = await self._company("dealer")
        assert dealer.account is not None
        await self._must(dealer, EnrollAsDealer(registration_number="5260001246"))
        await self._must(dealer, SendRequest(reseller=reseller.account))
        await self._must(reseller, ApproveRequest(dealer=dealer.account))
        for number, hub in enumerate(self._hubs, 1):
            await self._world.add_hub(_setup(hub, number))
            site = (await self._must(dealer, CreateObject(name=f"villa of {hub}")))["object"]
            await self._must(dealer, AddHub(object=site, hub=hub, model="hub-2-plus"))
        await self._world.settle()

    async def _company(self, name: str) -> Actor:
        person = (await self._must(Actor(None), SignUp(email=f"{name}@example.test", name=name)))["person"]
        alone = Actor(person, App.PRO_DESKTOP, None)
        company = (await self._must(alone, CreateCompany(name=name, country="PL")))["company"]
        return Actor(person, App.PRO_DESKTOP, company)

    async def _must(self, actor: Actor, command: Command) -> dict[str, str]:
        outcome = await self._world.command(actor, command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    async def _act(self, hub: str) -> None:
        """Operate a hub, and change its service, which the cloud may refuse."""
        for action in self._rng.choice(BENCH_ACTS):
            await self._world.bench_action(hub, action)
            await self._world.settle()
        await self._world.command(self._dealer, self._rng.choice(SERVICE_ACTS)(hub=hub))
        await self._world.settle()
        self.record.acts += 1

    def _sample(self, at_s: float) -> None:
        self._world.trace.events.clear()
        self.record.facts = len(self._world.engine.log)
        gc.collect()
        self.record.add(at_s, {("blocks", "memory"): float(sys.getallocatedblocks())})


def _setup(hub: str, number: int) -> HubSetup:
    slots = {1: make_card(CardKind.AJAX, number)}
    return HubSetup(id=hub, imei=make_imei(number), model="hub-2-plus", slots=slots, links=("ethernet",))
