"""A cloud on a server and a message that a fault holds back: it needs a connection when its time comes."""

from collections.abc import Callable
from pathlib import Path

from hubsim_cloud.world.observer import STATION
from hubsim_cloud.world.world import CloudWorld, WorldPlan
from hubsim_contract.lab.faults import Delay
from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Received
from hubsim_contract.wire.topics import MessageKind

START_MS = 1_768_464_000_000


class Nowhere:
    """A client that never gets a connection."""

    def __init__(self, deliver: Callable[[PortEvent], None]) -> None:
        self._deliver = deliver

    def perform(self, effect: PortEffect) -> None:
        """Do nothing."""

    def sever(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""


async def test_a_delayed_message_does_not_reach_a_cloud_without_a_connection(tmp_path: Path) -> None:
    plan = WorldPlan(prefix="hubsim/v1", clock=ClockReading(START_MS, held=True))
    world = await CloudWorld.open(plan, tmp_path / "cloud.db", Nowhere)
    try:
        world.filter.arm(Delay(message=MessageKind.REPORTED, by=1_000))
        world.filter.port_event(STATION, Received(world.topics.of(MessageKind.REPORTED, "0000AA01"), b"{}"))
        held_back_till_ms = world.due()

        world.clock.move_to(START_MS + 1_000)
        woke = world.wake()
        taken_up = world.service.depth
    finally:
        await world.close()

    assert held_back_till_ms == START_MS + 1_000
    assert woke
    assert taken_up == 0
