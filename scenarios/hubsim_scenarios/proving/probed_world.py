"""A virtual world with probes at its seams. Without a mutant it is the honest virtual world.

Only compositions of cores are here: each core is the product's own, with a probe on its inputs and outputs.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec

from hubsim_agent.core import HubAgent
from hubsim_agent.ports import AgentEffect, AgentEvent
from hubsim_agent.settings import AgentSettings
from hubsim_cloud.domain.alarms import WHOLE_HUB
from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import (
    ChannelLossNoticed,
    Fact,
    HubReportedOffline,
    InvoiceIssued,
    ServiceEnded,
)
from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.outbox import Outbox
from hubsim_cloud.ports import CloudEffect, CloudEvent, CommandReceived
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.wire.messages import Hardware
from hubsim_contract.wire.topics import Topics
from hubsim_scenarios.proving.seams import Probes, Seam
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, Conditions
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.carrier_choice import AnyCarrier
from hubsim_simulator.carrier.ports import CarrierEffect, CarrierEvent
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import At, Fleet
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.led import Led
from hubsim_simulator.hardware.ports import HardwareEffect, HardwareEvent, HardwareStateChanged
from hubsim_simulator.hub import SimulatedHub


class TooManyInstants(CannotPlay):
    """The world was busy at more instants than it may be. Some mutants repeat a message for years."""


class ProbedEngine(CloudEngine):
    """The cloud with probes."""

    def __init__(
        self,
        settings: CloudSettings,
        topics: Topics,
        *,
        market: Market,
        clean_session: bool,
        boot: int,
        probes: Probes,
    ) -> None:
        super().__init__(settings, topics, market=market, clean_session=clean_session, boot=boot)
        self._probes = probes
        self._command_name = ""
        self._outbox = ProbedOutbox(self.state, settings, topics, probes)

    def handle(self, event: CloudEvent, now: Now) -> list[CloudEffect]:
        """Handle the event, if it passes, and return the effects that pass."""
        effects: list[CloudEffect] = []
        for each in self._probes.at(Seam.CLOUD_INPUT, [event]):
            effects += super().handle(each, now)
        passed: list[CloudEffect] = self._probes.at(Seam.CLOUD_OUTPUT, effects)
        return passed

    def _command(self, event: CommandReceived, now_ms: int) -> None:
        self._command_name = _tag(event.command)
        super()._command(event, now_ms)
        self._command_name = ""

    def _record(self, facts: Sequence[Fact]) -> None:
        if self._command_name and self._probes.building:
            super()._record(facts)
            return
        passed = self._probes.at(Seam.FACTS, tuple(facts), self._command_name)
        kinds = {type(fact) for fact in passed}
        for fact in facts:
            if type(fact) not in kinds:
                self._no_longer_due(fact)
        super()._record(passed)

    def _no_longer_due(self, fact: Fact) -> None:
        """Consume the timer of a fact that time causes and that did not pass: it must not come due again."""
        state = self.state
        match fact:
            case ServiceEnded():
                state.endings.drop(fact.subscription)
            case HubReportedOffline():
                state.alarms.drop((fact.hub, WHOLE_HUB))
            case ChannelLossNoticed():
                state.alarms.drop((fact.hub, fact.channel))
            case InvoiceIssued():
                apply(state, fact, self.settings)
                state.position -= 1
                state.invoices.remove(fact)
            case _:
                return
        self._timeline_moved = True


class ProbedOutbox(Outbox):
    """The cloud's outbox with a probe on the documents that wait for a cut."""

    def __init__(self, state: State, settings: CloudSettings, topics: Topics, probes: Probes) -> None:
        super().__init__(state, settings, topics)
        self._probes = probes

    def _cut_comes_first(self, hub_id: str, now_ms: int) -> bool:
        waits: bool = self._probes.at(Seam.DOCUMENT_WAITS, super()._cut_comes_first(hub_id, now_ms), hub_id)
        return waits


class ProbedCarrier(Carrier):
    """The carrier with probes."""

    def __init__(self, settings: CarrierSettings, memory: bytes | None, probes: Probes) -> None:
        super().__init__(settings, memory)
        self._probes = probes

    def handle(self, event: CarrierEvent, now: Now) -> list[CarrierEffect]:
        """Handle the event, if it passes, and return the effects that pass."""
        effects: list[CarrierEffect] = []
        for each in self._probes.at(Seam.CARRIER_INPUT, [event]):
            effects += super().handle(each, now)
        passed: list[CarrierEffect] = self._probes.at(Seam.CARRIER_OUTPUT, effects)
        return passed


class ProbedAgent(HubAgent):
    """The program of a hub with probes."""

    def __init__(self, settings: AgentSettings, memory: bytes | None, now: Now, probes: Probes) -> None:
        super().__init__(settings, memory, now)
        self._probes = probes

    def handle(self, event: AgentEvent, now: Now) -> list[AgentEffect]:
        """Handle the event, if it passes, and return the effects that pass."""
        effects: list[AgentEffect] = []
        for each in self._probes.at(Seam.AGENT_INPUT, [event], self._hub):
            effects += super().handle(each, now)
        passed: list[AgentEffect] = self._probes.at(Seam.AGENT_OUTPUT, effects, self._hub)
        return passed


class ProbedHardware:
    """A hub's hardware with probes on its state and its logo. Everything else is the hardware's own."""

    def __init__(self, hardware: HubHardware, probes: Probes) -> None:
        self._inner = hardware
        self._probes = probes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def snapshot(self) -> Hardware:
        """Return the state of the hardware that passes."""
        passed: Hardware = self._probes.at(Seam.HARDWARE, self._inner.snapshot(), self._inner.hub_id)
        return passed

    def face(self) -> Led:
        """Return the logo that passes."""
        passed: Led = self._probes.at(Seam.LED, self._inner.face(), self._inner.hub_id)
        return passed

    def handle(self, event: HardwareEvent, now: Now) -> list[HardwareEffect]:
        """Handle the event; the state of the hardware passes the probe."""
        return [
            HardwareStateChanged(self.snapshot()) if isinstance(effect, HardwareStateChanged) else effect
            for effect in self._inner.handle(event, now)
        ]


class ProbedFleet(Fleet):
    """Carrier and hubs with probes."""

    def __init__(self, settings: CarrierSettings, probes: Probes) -> None:
        super().__init__(ProbedCarrier(settings, None, probes))
        self._settings = settings
        self._probes = probes

    def add(self, hub: SimulatedHub) -> None:
        """Add a hub with probes on its hardware and its program."""
        hub.hardware = cast("HubHardware", ProbedHardware(hub.hardware, self._probes))
        hub.program = self._program
        super().add(hub)

    def replace_carrier(self, carrier: AnyCarrier, now: Now) -> list[At]:
        """Replace the carrier by a restarted one with probes."""
        memory = self._probes.at(Seam.CARRIER_MEMORY, carrier.memory())
        return super().replace_carrier(ProbedCarrier(self._settings, memory, self._probes), now)

    def _program(self, settings: AgentSettings, flash: bytes | None, now: Now) -> HubAgent:
        return ProbedAgent(settings, flash, now, self._probes)


class ProbedWorld(VirtualWorld):
    """A virtual world with probes at all its seams."""

    def __init__(self, conditions: Conditions, probes: Probes, max_instants: int | None = None) -> None:
        """Take the probes; `max_instants`: the number of instants after which it raises `TooManyInstants`."""
        settings = probes.at(Seam.SETTINGS, conditions.settings)
        super().__init__(msgspec.structs.replace(conditions, settings=settings))
        self._probes = probes
        self.bench.fleet = ProbedFleet(self.bench.settings.carrier, probes)
        self._max_instants = max_instants
        self.instants = 0
        """The number of instants at which the world was settled."""

    async def settle(self) -> None:
        """Process all events of this instant. Raises `CannotPlay` if they never end, or `TooManyInstants`."""
        self.instants += 1
        if self._max_instants is not None and self.instants > self._max_instants:
            raise TooManyInstants(f"the world is busy at more than {self._max_instants} instants")
        await super().settle()

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command to the cloud, and return the answer that passes."""
        outcome = await super().command(actor, command)
        if self._probes.building:
            return outcome
        passed: Accepted | Refusal = self._probes.at(Seam.ANSWER, outcome, _tag(command))
        return passed

    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query to the cloud, and return the view that passes."""
        passed: object | Refusal = self._probes.at(Seam.VIEW, await super().query(actor, query), _tag(query))
        return passed

    def show(self) -> None:
        """Pass everything that people can see now through the probes, without a change of the world.

        It is called after each step, so that a mutant which remembers what was shown does not depend on the
        steps that look at it.
        """
        for hub in self.fleet.hubs.values():
            hub.hardware.face()
            hub.hardware.snapshot()
            with suppress(CloudUnreachable):
                self.app(hub.id)

    def app(self, hub: str) -> Snapshot:
        """Return the state of a hub in the app that passes."""
        passed: Snapshot = self._probes.at(Seam.APP, super().app(hub), hub)
        return passed

    def _new_engine(self, *, clean_session: bool) -> CloudEngine:
        return ProbedEngine(
            self.cloud_settings,
            self.topics,
            market=self.conditions.market,
            clean_session=clean_session,
            boot=self._boots,
            probes=self._probes,
        )


def _tag(request: Command | Query) -> str:
    return str(request.__struct_config__.tag)
