"""A hub with its agent: the effect of bench actions on its connection, and its state after a power cut."""

from collections.abc import Iterable

import pytest

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import (
    BenchAction,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetLid,
    Unplug,
)
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Channel, Desired, Heard, Presence, Reported, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.hardware.cards import make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.led import LedColour
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEffect, Sever, SimulatedHub

HUB = "0000AA01"
TOPICS = Topics()
DESIRED = Desired(hub=HUB, version=3, service=ServiceState.ACTIVE)
AHEAD_MS = 1_768_464_000_000
"""Difference of the world clock to the monotonic clock in these tests."""


class Bench:
    """One simulated hub. The test sends the answers of its MQTT port."""

    def __init__(self, links: Iterable[str] = ("ethernet",), *, on: bool = True) -> None:
        hardware = HubHardware(
            HUB, make_imei(1), load_profile("hub-2-plus"), HardwareSettings(), slots={}, links=links
        )
        self.hub = SimulatedHub(hardware, AgentSettings(hub_id=HUB))
        self.now_ms = 0
        if on:
            self.effects = self.send(PowerOn())

    def send(self, *events: PortEvent | BenchAction) -> list[HubEffect]:
        now = Now(self.now_ms, self.now_ms + AHEAD_MS)
        return [effect for event in events for effect in self.hub.handle(event, now)]

    def go_online(self) -> list[HubEffect]:
        """Accept the connection, as a broker with a cloud that answers."""
        effects = self.send(Connected(), Subscribed())
        return effects + self.send(*map(answer_to, reported_in(effects)))

    def receive(self, desired: Desired) -> list[HubEffect]:
        return self.send(Received(TOPICS.of(MessageKind.DESIRED, HUB), encode(desired)))

    def run_to_next_wake(self) -> list[HubEffect]:
        due_ms = self.hub.due()
        assert due_ms is not None
        self.now_ms = due_ms - AHEAD_MS
        return self.send(Wake())

    @property
    def led(self) -> LedColour:
        return self.hub.hardware.face().colour


def kinds(effects: list[HubEffect]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def reported_in(effects: list[HubEffect]) -> list[Reported]:
    found = []
    for effect in effects:
        if isinstance(effect, Publish) and effect.topic == TOPICS.of(MessageKind.REPORTED, HUB):
            message = decode(MessageKind.REPORTED, effect.payload)
            assert isinstance(message, Reported)
            found.append(message)
    return found


def answer_to(report: Reported) -> Received:
    heard = Heard(hub=HUB, boot=report.boot, sequence=report.sequence)
    return Received(TOPICS.of(MessageKind.HEARD, HUB), encode(heard))


def presence_of(connect: HubEffect) -> Presence:
    assert isinstance(connect, Connect)
    assert connect.will is not None
    will = decode(MessageKind.PRESENCE, connect.will.payload)
    assert isinstance(will, Presence)
    return will


def test_a_hub_that_is_off_ignores_events_and_has_no_timers() -> None:
    bench = Bench(on=False)

    assert bench.hub.agent is None
    assert bench.hub.due() is None
    assert bench.send(Connected(), Received("x", b"y")) == []


def test_a_hub_that_is_switched_on_connects_over_ethernet() -> None:
    bench = Bench()

    assert kinds(bench.effects) == ["Connect"]
    assert bench.hub.channel is Channel.ETHERNET
    assert bench.led is LedColour.RED


def test_a_failed_attempt_uses_no_channel() -> None:
    bench = Bench()

    bench.send(ConnectFailed("no broker answers"))

    assert bench.hub.channel is None
    assert "Sever" not in kinds(bench.send(Unplug("ethernet")))


def test_an_online_hub_reports_its_state_and_turns_its_logo_green() -> None:
    bench = Bench()

    effects = bench.go_online()

    assert kinds(effects)[:3] == ["Subscribe", "Publish", "Publish"]
    assert [report.hardware.channels for report in reported_in(effects)] == [(Channel.ETHERNET,)]
    assert bench.led is LedColour.GREEN


def test_the_loss_of_its_channel_ends_the_connection_and_the_hub_shows_it_at_once() -> None:
    bench = Bench()
    bench.go_online()

    effects = bench.send(Unplug("ethernet"))

    assert effects == [Sever()]
    assert bench.hub.channel is None
    assert bench.led is LedColour.RED


def test_the_loss_of_another_channel_does_not_end_the_connection() -> None:
    bench = Bench(links=("ethernet", "wifi"))
    bench.go_online()

    effects = bench.send(Unplug("wifi"))

    assert "Sever" not in kinds(effects)
    assert [report.hardware.channels for report in reported_in(effects)] == [(Channel.ETHERNET,)]
    assert bench.hub.channel is Channel.ETHERNET


def test_a_hub_reconnects_over_the_remaining_channel() -> None:
    bench = Bench(links=("ethernet", "wifi"))
    bench.go_online()

    effects = bench.send(Unplug("ethernet"))
    effects += bench.run_to_next_wake()

    assert kinds(effects) == ["Sever", "Connect"]
    assert bench.hub.channel is Channel.WIFI
    assert presence_of(effects[-1]).connection == 2


def test_a_connection_stays_on_its_channel_when_a_better_one_is_plugged() -> None:
    bench = Bench(links=("wifi",))
    bench.go_online()

    effects = bench.send(Plug("ethernet"))

    assert "Connect" not in kinds(effects)
    assert bench.hub.channel is Channel.WIFI


def test_a_hub_reconnects_over_the_same_channel_after_a_lost_connection() -> None:
    bench = Bench()
    bench.go_online()

    bench.send(ConnectionLost())
    before = bench.hub.channel
    effects = bench.run_to_next_wake()

    assert before is None
    assert kinds(effects) == ["Connect"]
    assert bench.hub.channel is Channel.ETHERNET


def test_a_hub_that_is_switched_off_sends_no_disconnect() -> None:
    bench = Bench()
    bench.go_online()

    effects = bench.send(PowerOff())

    assert effects == [Sever()]
    assert (bench.hub.agent, bench.hub.face, bench.hub.due()) == (None, None, None)
    assert not any(isinstance(effect, Disconnect) for effect in effects)


def test_the_applied_document_survives_a_power_cut_and_the_boot_is_counted() -> None:
    bench = Bench()
    bench.go_online()
    (first,) = reported_in(bench.receive(DESIRED))

    bench.send(PowerOff())
    connected = bench.send(PowerOn())
    (again,) = reported_in(bench.go_online())

    assert first.applied_version == 3
    assert (again.applied_version, again.service) == (3, ServiceState.ACTIVE)
    assert again.boot > first.boot
    assert (presence_of(connected[0]).boot, presence_of(connected[0]).connection) == (again.boot, 1)


def test_a_restarting_hub_has_no_agent_until_it_has_booted() -> None:
    bench = Bench()
    bench.go_online()

    gone = bench.send(Restart())
    away = bench.hub.agent
    back = bench.run_to_next_wake()

    assert gone == [Sever()]
    assert away is None
    assert kinds(back) == ["Connect"]


def test_a_message_to_a_hub_that_is_off_is_lost() -> None:
    bench = Bench()
    bench.go_online()
    bench.send(PowerOff())
    flash = bench.hub.flash

    assert bench.receive(DESIRED) == []
    assert bench.hub.flash == flash


def test_an_impossible_bench_action_is_refused_and_changes_nothing() -> None:
    bench = Bench()
    bench.go_online()
    before = bench.hub.hardware.snapshot()

    with pytest.raises(BenchActionRefused):
        bench.send(RemoveSim(1))

    assert bench.hub.hardware.snapshot() == before
    assert bench.hub.channel is Channel.ETHERNET


def test_every_change_of_the_hardware_is_reported_while_online() -> None:
    bench = Bench()
    bench.go_online()

    effects = bench.send(SetLid(open=True))

    assert [report.hardware.lid_open for report in reported_in(effects)] == [True]


def test_the_hub_reports_its_timers_on_the_world_clock() -> None:
    bench = Bench()

    due_ms = bench.hub.due()

    assert due_ms is not None
    assert AHEAD_MS < due_ms <= AHEAD_MS + 60_000


def test_a_hub_subscribes_before_it_publishes() -> None:
    bench = Bench()

    effects = bench.send(Connected())

    kinds_of = (MessageKind.DESIRED, MessageKind.HEARD, MessageKind.CLOUD_PRESENCE)
    assert effects == [Subscribe(tuple(TOPICS.of(kind, HUB) for kind in kinds_of))]
