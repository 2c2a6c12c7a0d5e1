"""The real agent, cloud and carrier on a broker that misbehaves: they find it, and recover once it behaves.

World time moves from deadline to deadline, so the bounds are exact and the tests do not wait for them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from misbehaving_broker import MisbehavingBroker, Misbehaviour

from hubsim_agent.cloud_contact import ANSWER_LIMIT_MS, ASKS_MAX
from hubsim_contract.lab.bench_actions import SetLid
from hubsim_contract.mqtt.codec.packets import DisconnectPacket
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import conditions
from hubsim_scenarios.play.performing import handle
from hubsim_scenarios.play.play import Play, PlayResult, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.worlds.live import LiveWorld
from hubsim_simulator.hub import SimulatedHub

pytestmark = pytest.mark.live
QUIET_S = 0.05
"""How long nothing may happen before the world time moves on. A slow machine only makes a test slower."""
BOUND_S = 60
"""Real time in which something must be found."""
FOUND_LIMIT_MS = ANSWER_LIMIT_MS * ASKS_MAX
RECOVERED_LIMIT_MS = 12 * 60_000
SCENARIO = """\
scenario: A broker misbehaves and behaves again
clock: 2026-03-10 10:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: activate, hub: villa}
  - {expect: villa, led: white, star: on, within: 15 min}
  - {clock: +2 min}
  - {expect: villa, led: white, cloud_reachable: on, app: {online: on}, within: 12 min}
  - {as: ivan, do: stop_now, hub: villa}
  - {expect: villa, star: off, sim_profile: inactive, app: {tile: activation_required}, within: 12 min}
"""
MISBEHAVES_BEFORE = 4
"""The step before which the broker misbehaves, and behaves again."""


def scenario_of(more: str = "") -> Scenario:
    scenario = language().read("misbehaving.yaml", (SCENARIO + more).encode())
    assert isinstance(scenario, Scenario), scenario
    return scenario


class Site:
    """One play on the broker; `misbehave` runs while it misbehaves."""

    def __init__(self, folder: Path, misbehave: "Callable[[Site], Awaitable[None]]") -> None:
        self.broker = MisbehavingBroker()
        self.began_ms = 0
        self._misbehave = misbehave
        self.scenario = scenario_of()
        start = conditions(self.scenario, 1, self.broker.profile)
        self.world = LiveWorld(start, self.broker, folder)

    async def play(self) -> PlayResult:
        return await Play(self.scenario, self.world, watched=Watched(interceptor=self)).run()

    @property
    def hub(self) -> SimulatedHub:
        (hub,) = self.world.fleet.hubs.values()
        return hub

    @property
    def client_id(self) -> str:
        return f"hub-{self.hub.id}"

    def all_online(self) -> bool:
        """Return whether hub and cloud show each other as online."""
        return self.world.engine.state.devices[self.hub.id].online and self.hub.face.face.cloud_reachable

    async def until(self, found: Callable[[], bool], limit_ms: int) -> None:
        """Move from deadline to deadline until something is found; at most by this world time."""
        async with asyncio.timeout(BOUND_S):
            while not found():
                try:
                    async with asyncio.timeout(QUIET_S):
                        await self.broker.until_changed()
                except TimeoutError:
                    due_ms = self.world.due()
                    assert due_ms is not None, "nothing is due, and nothing was found"
                    if due_ms <= self.began_ms + limit_ms:
                        self.world.clock.catch_up(due_ms)
                        self.world._wake()

    # ------------------------------------------------------------------ the interceptor of the play

    async def before(self, play: Play, number: int) -> None:
        if number != MISBEHAVES_BEFORE:
            return
        self.began_ms = self.world.clock.world_ms()
        self.context = play.context
        await self._misbehave(self)
        self.broker.behave()
        for expected in self.world.tracker._open.values():
            expected.clear()  # what the broker did not deliver is not in flight
        self.world.tracker._unacknowledged.clear()

    async def failed_softly(self, play: Play, failure: object) -> None: ...

    async def stopped(self, play: Play, result: PlayResult) -> None: ...


async def played(folder: Path, misbehave: Callable[[Site], Awaitable[None]]) -> Site:
    """Play with this misbehaviour; the play passes."""
    site = Site(folder, misbehave)
    result = await site.play()
    assert result.verdict is Verdict.PASS, result.reason
    return site


@pytest.mark.parametrize(
    "misbehaviour",
    [
        Misbehaviour.DROPS,
        Misbehaviour.DEAF,
        Misbehaviour.MUTE,
        Misbehaviour.WRONG_IDS,
    ],
)
async def test_a_hub_finds_within_its_bound_that_no_message_arrives(
    misbehaviour: Misbehaviour, tmp_path: Path
) -> None:
    async def misbehave(site: Site) -> None:
        site.broker.begin(misbehaviour)
        before = site.hub.agent.view().connection
        site.world.bench.perform(site.hub.id, SetLid(open=True))
        await site.until(lambda: site.hub.agent.view().connection > before, FOUND_LIMIT_MS)
        assert not site.hub.face.face.cloud_reachable

    await played(tmp_path, misbehave)


async def test_a_forgotten_subscription_is_found_by_the_hub_and_by_the_cloud(tmp_path: Path) -> None:
    """The cloud finds it when it repeats a message: then not even its own presence arrives."""

    async def misbehave(site: Site) -> None:
        site.broker.begin(Misbehaviour.FORGETS_SUBSCRIPTIONS)
        before = site.hub.agent.view().connection
        site.world.bench.perform(site.hub.id, SetLid(open=True))
        await site.until(lambda: site.hub.agent.view().connection > before, FOUND_LIMIT_MS)
        site.broker.behave()
        await handle(site.context, scenario_of("  - {as: ivan, do: arm_hub, hub: villa}\n").steps[-1])
        await site.until(site.all_online, RECOVERED_LIMIT_MS)

    site = await played(tmp_path, misbehave)

    assert site.broker.count("cloud", DisconnectPacket) == 1


async def test_messages_of_other_clients_are_counted_and_change_nothing(tmp_path: Path) -> None:
    async def misbehave(site: Site) -> None:
        site.broker.begin(Misbehaviour.MIXES_SESSIONS)
        site.world.bench.perform(site.hub.id, SetLid(open=True))
        await site.until(lambda: site.hub.agent.view().foreign_topics > 0, FOUND_LIMIT_MS)
        await site.until(lambda: site.world.fleet.carrier.refused_messages > 0, FOUND_LIMIT_MS)
        await site.until(lambda: site.world.engine.refused.total() > 0, FOUND_LIMIT_MS)
        assert site.hub.face.face.cloud_reachable
        assert site.world.engine.state.devices[site.hub.id].online

    site = await played(tmp_path, misbehave)

    assert site.broker.count(site.client_id, DisconnectPacket) == 0


async def test_wills_of_old_connections_change_nothing(tmp_path: Path) -> None:
    async def misbehave(site: Site) -> None:
        site.broker.begin(Misbehaviour.DOUBLES_WILLS)
        for cut in (lambda: site.world.bench.cut(site.hub.id), lambda: site.world._cloud.sever(notify=True)):
            cut()
            await site.until(lambda: not site.all_online(), 3 * FOUND_LIMIT_MS)
            await site.until(site.all_online, 3 * FOUND_LIMIT_MS)

    await played(tmp_path, misbehave)


async def test_retained_messages_of_the_past_change_nothing(tmp_path: Path) -> None:
    async def misbehave(site: Site) -> None:
        applied = site.hub.agent.view().applied_version
        site.broker.begin(Misbehaviour.DELIVERS_THE_PAST)
        await site.until(lambda: site.hub.agent.view().old_versions > 0, FOUND_LIMIT_MS)
        assert site.hub.agent.view().applied_version == applied
        assert site.hub.face.face.cloud_reachable
        assert site.world.engine.state.devices[site.hub.id].online

    await played(tmp_path, misbehave)
