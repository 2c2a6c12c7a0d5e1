"""A link that is up without internet: what the hub notices, and what happens to its connection."""

from contextlib import suppress

import pytest
from answering_cloud import answers_to
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import BenchAction, Internet, Plug, PowerOn, SetInternet, Unplug
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Channel, Desired, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.hardware.cards import make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.led import LedColour
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEffect, Sever, SimulatedHub

HUB = "0000AA01"
CHECK_MS = 60_000
DOWN, PORTAL, NO_DNS, OK = Internet.DOWN, Internet.CAPTIVE_PORTAL, Internet.NO_DNS, Internet.OK
ETHERNET, WIFI = Channel.ETHERNET, Channel.WIFI
TOPICS = Topics()


class Site:
    """One hub with Ethernet, and Wi-Fi if wanted. Its broker answers every attempt that reaches it."""

    def __init__(self, *links: str, check_ms: int | None = CHECK_MS, model: str = "hub-2-plus") -> None:
        settings = HardwareSettings(link_check_ms=check_ms)
        hardware = HubHardware(HUB, make_imei(1), load_profile(model), settings, slots={}, links=links)
        self.hub = SimulatedHub(hardware, AgentSettings(hub_id=HUB))
        self.now_ms = 1_000_000
        self.sent: list[HubEffect] = []
        self.do(PowerOn())

    def do(self, *events: PortEvent | BenchAction) -> list[HubEffect]:
        start = len(self.sent)
        for event in events:
            self._send(event)
        return self.sent[start:]

    def _send(self, event: PortEvent | BenchAction) -> None:
        effects = self.hub.handle(event, Now(self.now_ms, self.now_ms))
        self.sent += effects
        for effect in effects:
            if isinstance(effect, Connect):
                self._send(Connected())
            elif isinstance(effect, Subscribe):
                self._send(Subscribed())
            elif isinstance(effect, Publish):
                for answer in answers_to(effect):
                    self._send(answer)

    def run(self, by_ms: int) -> list[HubEffect]:
        start, end_ms = len(self.sent), self.now_ms + by_ms
        while (due_ms := self.hub.due()) is not None and due_ms <= end_ms:
            self.now_ms = due_ms
            self._send(Wake())
        self.now_ms = end_ms
        return self.sent[start:]

    @property
    def online(self) -> bool:
        return self.hub.face is not None and self.hub.face.face.cloud_reachable

    @property
    def channels(self) -> tuple[Channel, ...]:
        return self.hub.hardware.snapshot().channels

    @property
    def led(self) -> LedColour:
        return self.hub.hardware.face().colour


def desired(version: int) -> Received:
    document = Desired(hub=HUB, version=version, service=ServiceState.ACTIVE)
    return Received(TOPICS.of(MessageKind.DESIRED, HUB), encode(document))


def applied(site: Site) -> int:
    assert site.hub.agent is not None
    return site.hub.agent.view().applied_version


@pytest.mark.parametrize("internet", [DOWN, PORTAL])
def test_a_hub_leaves_a_link_without_internet_for_one_that_has_it(internet: Internet) -> None:
    site = Site("ethernet", "wifi")

    site.do(SetInternet(ETHERNET, internet))
    site.run(2 * CHECK_MS)

    assert site.hub.channel is WIFI
    assert (site.channels, site.led, site.online) == ((WIFI,), LedColour.GREEN, True)


def test_a_hub_notices_the_loss_with_its_next_check_and_not_before() -> None:
    site = Site("ethernet", "wifi")
    site.do(SetInternet(WIFI, DOWN))

    site.run(CHECK_MS - 1)
    before = site.channels
    site.run(1)

    assert (before, site.channels) == ((ETHERNET, WIFI), (ETHERNET,))


def test_the_return_of_the_internet_is_noticed_with_the_next_check() -> None:
    site = Site("ethernet")
    site.do(SetInternet(ETHERNET, DOWN))
    site.run(10 * CHECK_MS)
    without = site.channels, site.led, site.online

    site.do(SetInternet(ETHERNET, OK))
    site.run(CHECK_MS)

    assert without == ((), LedColour.RED, False)
    assert (site.channels, site.led, site.online) == ((ETHERNET,), LedColour.GREEN, True)


def test_a_short_outage_is_not_noticed_and_loses_nothing() -> None:
    site = Site("ethernet")

    site.do(SetInternet(ETHERNET, DOWN), desired(2), desired(3))
    held = applied(site), site.run(CHECK_MS - 1)
    effects = site.do(SetInternet(ETHERNET, OK))
    site.run(10 * CHECK_MS)

    assert held == (0, [])
    assert applied(site) == 3
    assert [effect for effect in site.sent if isinstance(effect, Sever)] == []
    assert any(isinstance(effect, Publish) for effect in effects)


def test_without_checks_the_keepalive_ends_a_connection_that_stalls() -> None:
    site = Site("ethernet", "wifi", check_ms=None)

    site.do(SetInternet(ETHERNET, DOWN))
    site.run(89_999)
    before = site.online
    effects = site.run(1)

    assert (before, site.online) == (True, False)
    assert isinstance(effects[0], Sever)
    assert site.hub.channel is ETHERNET
    assert site.channels == (ETHERNET, WIFI)


def test_an_attempt_over_a_dead_link_is_not_answered_and_times_out() -> None:
    site = Site("ethernet", check_ms=None)
    site.do(SetInternet(ETHERNET, DOWN))

    attempts = site.run(10 * CHECK_MS)

    assert [effect for effect in attempts if isinstance(effect, Connect)] == []
    assert site.hub.agent is not None
    assert site.hub.agent.view().connection > 5


def test_an_attempt_that_waits_is_answered_when_the_internet_is_back() -> None:
    site = Site("ethernet", check_ms=None)
    site.do(SetInternet(ETHERNET, DOWN))
    site.run(95_000)

    effects = site.do(SetInternet(ETHERNET, OK))

    assert isinstance(effects[0], Connect)
    assert site.online


def test_a_login_page_resets_the_connection_at_once() -> None:
    site = Site("ethernet", check_ms=None)

    effects = site.do(SetInternet(ETHERNET, PORTAL))

    assert isinstance(effects[0], Sever)
    assert not site.online


def test_without_names_an_open_connection_continues() -> None:
    site = Site("ethernet", "wifi")

    effects = site.do(SetInternet(ETHERNET, NO_DNS), desired(2))
    site.run(10 * CHECK_MS)

    assert site.hub.channel is ETHERNET
    assert (site.channels, site.online, applied(site)) == ((ETHERNET, WIFI), True, 2)
    assert Sever() not in effects


def test_without_names_no_new_connection_is_opened_over_the_link() -> None:
    site = Site("ethernet", "wifi")
    site.do(SetInternet(ETHERNET, NO_DNS))

    site.do(Unplug("ethernet"), Plug("ethernet"))
    site.run(CHECK_MS)

    assert site.hub.channel is WIFI
    assert site.channels == (WIFI,)


def test_a_link_is_checked_when_it_comes_up() -> None:
    site = Site("wifi")

    site.do(SetInternet(ETHERNET, PORTAL), Plug("ethernet"))

    assert site.channels == (WIFI,)


def test_the_internet_of_a_link_that_the_model_does_not_have_cannot_be_changed() -> None:
    site = Site("ethernet", model="hub-2")

    with pytest.raises(BenchActionRefused) as refused:
        site.do(SetInternet(WIFI, DOWN))

    assert refused.value.name is BenchRefusal.NO_SUCH_LINK


changes = st.one_of(
    st.builds(SetInternet, st.sampled_from([ETHERNET, WIFI]), st.sampled_from(Internet)),
    st.sampled_from([Plug("ethernet"), Unplug("ethernet"), Plug("wifi"), Unplug("wifi")]),
)


@given(
    st.lists(st.tuples(changes, st.integers(0, 3 * CHECK_MS)), max_size=12),
    st.sampled_from([None, CHECK_MS]),
)
def test_a_hub_is_online_again_after_everything_is_repaired(
    steps: list[tuple[BenchAction, int]], check_ms: int | None
) -> None:
    site = Site("ethernet", "wifi", check_ms=check_ms)

    for action, wait_ms in steps:
        with suppress(BenchActionRefused):  # the link is as wanted already
            site.do(action)
        site.run(wait_ms)
    site.do(SetInternet(ETHERNET, OK), SetInternet(WIFI, OK))
    if not site.hub.hardware.links():
        site.do(Plug("ethernet"))
    site.run(3 * CHECK_MS)

    assert site.online
    assert {channel.value for channel in site.channels} == set(site.hub.hardware.links())
    assert site.hub.channel in site.channels
