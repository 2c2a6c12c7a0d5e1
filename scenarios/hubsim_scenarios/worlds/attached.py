"""A world in which some hubs are real devices, attached to its bench. Any world with sockets can be one.

The bench of the world has the hardware and the network of each attached hub, as for a simulated one, and runs
no program for it. So steps, refusals, carrier and network work the same. This module makes the device follow
its hardware on the bench (`hubsim_conform.device.following`), and waits for the device:

- The world clock is held while the play waits for a device. The wait is in real time, up to the bounds that
  the device declares; after that the play continues, and the next expectation says what is missing.
- A move of the clock goes from deadline to deadline, and waits for the devices at each of them. With
  `real_time` it also takes as much real time as world time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_conform.device.acts import DeviceAct
from hubsim_conform.device.actuator import ActFailed, ActImpossible, Actuator
from hubsim_conform.device.agreement import channels_of, disagreements
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.device.following import DeviceState, acts_between, preparation, prepared, state_of
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyFault
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.attached_snapshot import shown_by
from hubsim_scenarios.worlds.gate import DevicesAt, DeviceSeen, Gate
from hubsim_scenarios.worlds.world import Aspect, CannotPlay, CloudUnreachable, DeviceLacks, World

T = TypeVar("T")
POLL_S = 0.05
"""How often the cloud's record is read while a device is awaited: the device answers to the cloud."""
OFFLINE_S = 100.0
"""How long a device without any channel may count as online: 1.5 times the keepalive of 60 s, and 10 s."""


class Missing(msgspec.Struct, frozen=True):
    """What a device has not done yet."""

    what: tuple[str, ...]
    """In words."""
    patience_s: float
    """How long it may take, in s of real time."""


class AttachedHub:
    """One device, and the hub that it is in the play."""

    def __init__(self, alias: str, hub: str, device: Capabilities, actuator: Actuator) -> None:
        self.alias = alias
        self.id = hub
        self.device = device
        self.actuator = actuator
        self.state: DeviceState | None = None
        """Its hardware after the last act; None before it is prepared."""
        self.acted_at_s = 0.0
        """When the last act was performed, in s of the event loop."""
        self.given_up: Missing | None = None
        """What the play has stopped to wait for; it waits again after any change."""
        self.given_up_at_s = 0.0


class AttachedWorld(World):
    """A world with devices. `tell` shows a line; `wait_s` is the limit for the first report of a device."""

    def __init__(
        self,
        world: World,
        hubs: Sequence[AttachedHub],
        gate: Gate,
        *,
        tell: Callable[[str], None],
        wait_s: float,
        real_time: bool,
    ) -> None:
        self.name = world.name
        self.conditions, self.clock, self.trace = world.conditions, world.clock, world.trace
        self._world = world
        self._hubs = {hub.id: hub for hub in hubs}
        self._gate = gate
        self._tell = tell
        self._wait_s = wait_s
        self._real_time = real_time
        self._at = DevicesAt("", "")
        self._waiting: list[str] = []

    async def open(self) -> None:
        """Open the world, and the address for devices. Raises `CannotPlay`."""
        await self._world.open()
        self._at = await self._gate.open()

    async def close(self) -> None:
        """Close everything, in any state."""
        try:
            await self._gate.close()
        finally:
            await self._world.close()

    # ------------------------------------------------------------------ the bench

    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench. A device is prepared, and then awaited. Raises `CannotPlay`."""
        hub = self._hubs.get(setup.id)
        if hub is None:
            await self._world.add_hub(setup)
            return
        await self._world.add_hub(msgspec.structs.replace(setup, attached=True))
        await self._world.settle()
        state = await self._bench_state(hub)
        self._tell(
            say(
                "{hub} is the device {id}: it connects to {url}, prefix {prefix}",
                hub=hub.alias,
                id=hub.id,
                url=self._at.url,
                prefix=self._at.prefix,
            )
        )
        await self._act(hub, preparation(state))
        hub.state = prepared(state)
        self._gate.admit(hub.id)
        await self._await_first_report(hub)
        await self.settle()

    async def _await_first_report(self, hub: AttachedHub) -> None:
        if not self._reaches_broker(hub):
            return
        try:
            async with asyncio.timeout(self._wait_s):
                while (await self._gate.device(hub.id)).report is None:
                    self._waiting = [say("the first report of {hub}", hub=hub.alias)]
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise CannotPlay(
                say(
                    "{hub}: the device did not report within {time} s; check that it runs and "
                    "connects to {url} with the topic prefix {prefix}",
                    hub=hub.alias,
                    time=f"{self._wait_s:g}",
                    url=self._at.url,
                    prefix=self._at.prefix,
                )
            ) from None
        finally:
            self._waiting = []

    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action; a device follows when the world settles. Raises `BenchActionRefused`."""
        self._gate.hold()
        await self._world.bench_action(hub, action)

    async def setup(self, hub: str) -> HubSetup:
        """Return the setup of a hub, as the bench has set it."""
        return await self._world.setup(hub)

    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""
        return await self._world.cards(hub)

    # ------------------------------------------------------------------ the devices

    async def settle(self) -> None:
        """Wait until the world is idle, each device has followed its hardware, and has reported it."""
        await self._world.settle()
        hubs = [hub for hub in self._hubs.values() if hub.state is not None]
        for hub in hubs:
            await self._follow(hub)
        for hub in hubs:
            await self._await_loss(hub)
        self._gate.release()
        for hub in hubs:
            await self._await_agreement(hub)

    async def _follow(self, hub: AttachedHub) -> bool:
        """Bring a device to the state of its hardware on the bench; return whether this took an act."""
        before, state = hub.state, await self._bench_state(hub)
        assert before is not None, "a device is prepared before it follows"
        acts = acts_between(before, state, real_modem=hub.device.real_modem)
        for act in acts:
            await self._act(hub, act)
            hub.acted_at_s = asyncio.get_running_loop().time()
        hub.state = state
        return bool(acts)

    async def _await_loss(self, hub: AttachedHub) -> None:
        """Wait until a device that has lost its last channel has lost its connection, up to its bound."""
        with suppress(TimeoutError):
            async with asyncio.timeout(hub.device.bounds.report_s):
                while not self._reaches_broker(hub) and await self._is_online(hub):
                    self._waiting = [f"{hub.alias}: {say('the end of its connection')}"]
                    await asyncio.sleep(POLL_S)

    async def _is_online(self, hub: AttachedHub) -> bool:
        try:
            return (await self._gate.device(hub.id)).online
        except CloudUnreachable:
            return False

    async def _await_agreement(self, hub: AttachedHub) -> None:
        """Wait for a device, up to its bounds. What it reports can change the world, so it follows again."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            await self._world.settle()  # what the device has sent, and the answers to it
            if await self._follow(hub):
                continue
            missing = await self._missing(hub)
            if missing is None or self._given_up(hub, missing):
                break
            if loop.time() - max(began, hub.acted_at_s) >= missing.patience_s:
                hub.given_up, hub.given_up_at_s = missing, loop.time()
                break
            self._waiting = [f"{hub.alias}: {each}" for each in missing.what]
            await asyncio.sleep(POLL_S)
        self._waiting = []

    def _given_up(self, hub: AttachedHub, missing: Missing) -> bool:
        """Whether the play has waited for the same before, and nothing has happened at the device since."""
        active_at_s = max(hub.acted_at_s, self._gate.active_at_s(hub.id))
        return missing == hub.given_up and active_at_s <= hub.given_up_at_s

    async def _missing(self, hub: AttachedHub) -> Missing | None:
        """Return what is still awaited from a device, or None."""
        bounds, state = hub.device.bounds, hub.state
        assert state is not None, "a device is prepared before it is awaited"
        if not self._gate.broker_runs:
            return None
        try:
            seen = await self._gate.device(hub.id)
        except CloudUnreachable:
            return None
        desired = await self._desired_version(hub)
        if not self._reaches_broker(hub):
            return Missing((say("the end of its connection"),), OFFLINE_S) if seen.online else None
        if not seen.online or seen.report is None:
            connecting_s = bounds.boot_s + bounds.reconnect_longest_s + bounds.connack_s
            return Missing((say("a connection"),), connecting_s)
        found = disagreements(state, seen.report.hardware, hub.device)
        if seen.report.applied_version < desired:
            found.append(say("version {version} is not applied", version=desired))
        last_s = max(hub.acted_at_s, self._gate.active_at_s(hub.id))
        if not found and asyncio.get_running_loop().time() - last_s < bounds.quiet_s:
            found.append(say("it may send more"))
        return Missing(tuple(found), bounds.report_s) if found else None

    async def _desired_version(self, hub: AttachedHub) -> int:
        """Return the version that the cloud wants a device to have; 0 while the cloud is stopped."""
        try:
            record = await self._world.snapshot(Aspect.DEVICE, hub.id)
        except CloudUnreachable:
            return 0
        version: int = record["desired_version"]
        return version

    def _reaches_broker(self, hub: AttachedHub) -> bool:
        """Whether the device is on and has a channel, as far as the bench knows."""
        state = hub.state
        assert state is not None, "a device is prepared before it is awaited"
        if not state.powered:
            return False
        usable = [channel for channel in channels_of(state) if channel not in state.internet]
        return bool(usable) or (hub.device.real_modem and bool(state.slots))

    async def _act(self, hub: AttachedHub, act: DeviceAct) -> None:
        """Perform an act on a device. Raises `DeviceLacks`, `CannotPlay`."""
        lacked = hub.device.lacks(act)
        if lacked is not None:
            raise DeviceLacks(say("{hub} has no {part}", hub=hub.alias, part=lacked))
        try:
            await hub.actuator.act(act)
        except ActImpossible as error:
            raise DeviceLacks(f"{hub.alias}: {error}") from error
        except ActFailed as error:
            raise CannotPlay(f"{hub.alias}: {error}") from error

    async def _bench_state(self, hub: AttachedHub) -> DeviceState:
        setup, shows = await self._world.setup(hub.id), await self._world.snapshot(Aspect.SHOWS, hub.id)
        return state_of(setup, shows)

    # ------------------------------------------------------------------ time

    def due(self) -> int | None:
        """Return the instant of the earliest timer in the world, or None."""
        return self._world.due()

    async def advance(self, to_ms: int) -> None:
        """Move the clock from deadline to deadline, and wait for the devices at each of them."""
        while (due_ms := self._world.due()) is not None and due_ms < to_ms:
            await self._advance_once(max(due_ms, self.clock.world_ms()))
        await self._advance_once(to_ms)

    async def _advance_once(self, to_ms: int) -> None:
        if self._real_time:
            await asyncio.sleep(max(0, to_ms - self.clock.world_ms()) / 1000)
        self._gate.hold()
        await self._world.advance(to_ms)
        await self.settle()

    # ------------------------------------------------------------------ faults and snapshots

    async def fault(self, fault: AnyFault) -> None:
        """Inject a fault; one on the connection of a device is performed there. Raises `CannotPlay`."""
        if not self._gate.fault(fault):
            await self._world.fault(fault)

    async def snapshot(self, aspect: Aspect, about: str = "") -> Snapshot:
        """Return one aspect of the world; that of a device names what the bench does not see."""
        snapshot = await self._world.snapshot(aspect, about)
        hub = self._hubs.get(about)
        if aspect is not Aspect.SHOWS or hub is None:
            return snapshot
        try:
            seen = await self._gate.device(hub.id)
        except CloudUnreachable:
            seen = DeviceSeen(online=False)
        return shown_by(seen, snapshot)

    def awaited(self) -> list[str]:
        """Return, in words, what the play waits for."""
        return self._waiting or self._world.awaited()

    # ------------------------------------------------------------------ people

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command of a user or the operator. Raises `CloudUnreachable`."""
        self._gate.hold()
        return await self._world.command(actor, command)

    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query of a user; return the view as plain values. Raises `CloudUnreachable`."""
        return await self._world.query(actor, query)

    async def open_session(self, actor: Actor) -> None:
        """Open the session with which this actor sends commands."""
        await self._world.open_session(actor)

    async def at_once(
        self, doings: Sequence[Callable[[], Awaitable[T]]], order: Sequence[int] = ()
    ) -> list[T]:
        """Start all at the same time, and return their results in the order of `doings`."""
        return await self._world.at_once(doings, order)
