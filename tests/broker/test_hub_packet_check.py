"""What the embedded broker sees of hubs that their cloud cannot see."""

import msgspec
import pytest

from hubsim_contract.mqtt.codec.packets import ConnectPacket, PacketWill, PublishPacket
from hubsim_contract.wire.rules import RULE_IDS
from hubsim_simulator.broker.hub_packet_check import BrokerIncident, HubPacketCheck, IncidentKind, hub_of

HUB, OTHER = "0000AA01", "0000AA02"
PREFIX = "hubsim/v1"
CLIENT = f"hub-{HUB}"
PRESENCE, REPORTED, EVENTS, DESIRED = (
    f"{PREFIX}/hubs/{HUB}/{kind}" for kind in ("presence", "reported", "events", "desired")
)
CONNECT = ConnectPacket(
    CLIENT, keepalive_s=60, will=PacketWill(PRESENCE, b"{}", qos=1, retain=True), username=HUB
)


class Incidents:
    """A packet check with the incidents that it reported."""

    def __init__(self) -> None:
        self.found: list[BrokerIncident] = []
        self.packet_check = HubPacketCheck(PREFIX, self.found.append)

    def told(self) -> list[tuple[str, str, list[str]]]:
        """Return kind, hub and rules of each incident."""
        assert {finding.rule for each in self.found for finding in each.findings} <= RULE_IDS
        return [
            (each.kind.value, each.hub, [f"{rule} {field}".strip() for rule, field, _ in each.findings])
            for each in self.found
        ]

    def published(self, packet: PublishPacket, client: str = CLIENT, *, accepted: bool = True) -> None:
        self.packet_check.published(None, client, packet, accepted=accepted)


def connect(**changed: object) -> ConnectPacket:
    return msgspec.structs.replace(CONNECT, **changed)


@pytest.mark.parametrize("topic", ["x" * 60_000, f"{PREFIX}/{'x' * 60_000}/hubs/{OTHER}/reported"])
def test_long_topics_and_client_ids_are_shortened_in_incidents(topic: str) -> None:
    seen = Incidents()
    long_id = CLIENT + "-" + "x" * 60_000

    seen.published(PublishPacket(topic, b"x"), long_id, accepted=False)
    seen.packet_check.subscribed(None, long_id, [(topic, False)])
    seen.packet_check.connected(connect(client_id=long_id), will_refused=False)
    seen.packet_check.refused_login(connect(client_id=long_id), "user or password is wrong", "", "address")

    texts = [
        text
        for each in seen.found
        for text in (each.topic, each.world, each.note, *(finding.text for finding in each.findings))
    ]
    assert len(seen.found) == 4
    assert max(map(len, texts)) < 600


def test_an_honest_hub_causes_no_incident() -> None:
    seen = Incidents()

    seen.packet_check.connected(CONNECT, will_refused=False)
    seen.packet_check.subscribed(HUB, CLIENT, [(DESIRED, True)])
    for topic, retain in ((PRESENCE, True), (REPORTED, True), (EVENTS, False)):
        seen.published(PublishPacket(topic, b"{}", qos=1, retain=retain, packet_id=1))

    assert seen.found == []


def test_the_cloud_and_other_clients_cause_no_incident() -> None:
    seen = Incidents()

    seen.packet_check.connected(ConnectPacket("cloud", clean=False, keepalive_s=60), will_refused=False)
    seen.packet_check.subscribed("cloud", "cloud", [(f"{PREFIX}/hubs/+/reported", True)])
    seen.published(PublishPacket(DESIRED, b"{}", qos=1, retain=True, packet_id=1), "cloud")
    seen.published(PublishPacket("weather", b"sunny"), "somebody")

    assert seen.found == []


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (connect(clean=False), ("login", HUB, ["MQ-7.clean clean"])),
        (connect(client_id="board"), ("login", HUB, ["MQ-7.client_id client_id"])),
        (connect(client_id=f"{CLIENT}-2"), ("login", HUB, ["MQ-7.client_id client_id"])),
        (connect(keepalive_s=0), ("login", HUB, ["MQ-10.keepalive keepalive"])),
        (connect(will=None), ("will", HUB, ["MQ-6.will will"])),
        (connect(will=PacketWill(REPORTED, b"", 1, retain=True)), ("will", HUB, ["MQ-6.will will.topic"])),
        (
            connect(will=PacketWill(PRESENCE, b"", 0, retain=False)),
            ("will", HUB, ["MQ-6.will will.qos", "MQ-6.will will.retain"]),
        ),
        (
            connect(will=PacketWill(f"{PREFIX}/hubs/{OTHER}/presence", b"", 1, retain=True)),
            ("will", HUB, ["MQ-6.will will.topic"]),
        ),
    ],
)
def test_a_connect_that_is_not_as_the_contract_says(
    packet: ConnectPacket, expected: tuple[str, str, list[str]]
) -> None:
    seen = Incidents()

    seen.packet_check.connected(packet, will_refused=False)

    assert seen.told() == [expected]


def test_a_refused_login_names_the_hub_and_the_reason_but_no_password() -> None:
    seen = Incidents()

    seen.packet_check.refused_login(
        connect(password=b"secret-word"), "user or password is wrong", "", "127.0.0.1"
    )

    (incident,) = seen.found
    assert (incident.kind, incident.hub, incident.refused) == (IncidentKind.LOGIN, HUB, True)
    assert incident.findings == ()  # a wrong password breaks no rule of the contract
    assert f"user or password is wrong; client id {CLIENT!r}" in incident.note
    assert "secret-word" not in str(incident)


def test_a_refused_client_id_breaks_its_rule() -> None:
    seen = Incidents()

    seen.packet_check.refused_login(
        connect(), "the client id belongs to another user", "MQ-7.client_id", "127.0.0.1"
    )

    (incident,) = seen.found
    assert [finding.rule for finding in incident.findings] == ["MQ-7.client_id"]


def test_a_takeover_is_reported_without_a_fault() -> None:
    seen = Incidents()

    seen.packet_check.took_over(None, CLIENT, "10.0.0.2 port 2", "10.0.0.1 port 1")

    assert seen.told() == [("takeover", HUB, [])]
    assert "10.0.0.1 port 1" in seen.found[0].note


@pytest.mark.parametrize(
    ("topic_filter", "accepted"),
    [
        ("#", False),
        (f"{PREFIX}/hubs/+/desired", False),
        (f"{PREFIX}/hubs/{OTHER}/desired", True),
        ("x", True),
    ],
)
def test_a_filter_that_is_not_the_hubs_own(topic_filter: str, accepted: bool) -> None:
    seen = Incidents()

    seen.packet_check.subscribed(HUB, CLIENT, [(DESIRED, True), (topic_filter, accepted)])

    assert seen.told() == [("subscription", HUB, ["MQ-7.filters"])]
    assert (seen.found[0].refused, seen.found[0].topic) == (not accepted, topic_filter)


@pytest.mark.parametrize(
    ("packet", "rules"),
    [
        (PublishPacket(REPORTED, b"{}", qos=0, retain=True), ["MQ-7.qos"]),
        (PublishPacket(REPORTED, b"{}", qos=2, retain=True, packet_id=1), ["MQ-7.qos"]),
        (PublishPacket(PRESENCE, b"{}", qos=1, retain=False, packet_id=1), ["MQ-7.retain"]),
        (PublishPacket(EVENTS, b"{}", qos=1, retain=True, packet_id=1), ["MQ-7.retain"]),
        (PublishPacket(f"{PREFIX}/hubs/{OTHER}/events", b"{}", qos=1, packet_id=1), ["MQ-7.topics"]),
        (PublishPacket(DESIRED, b"{}", qos=1, retain=True, packet_id=1), ["MQ-7.topics"]),
        (PublishPacket("status", b"ok"), ["MQ-7.topics"]),
    ],
)
def test_a_message_that_is_not_as_the_contract_says(packet: PublishPacket, rules: list[str]) -> None:
    seen = Incidents()

    seen.published(packet)

    assert [told[2] for told in seen.told()] == [rules]


def test_another_client_on_the_topic_of_a_hub_is_reported_with_the_hub() -> None:
    seen = Incidents()

    seen.published(PublishPacket(EVENTS, b"{}", qos=1, packet_id=1), "another")
    seen.published(PublishPacket(EVENTS, b"{}", qos=1, packet_id=1), accepted=False)

    assert seen.told() == [("publication", HUB, ["MQ-7.topics"])] * 2
    assert [each.refused for each in seen.found] == [False, True]


def test_the_world_of_the_lab_is_reported() -> None:
    seen = Incidents()

    seen.published(PublishPacket(f"{PREFIX}/spring/hubs/{HUB}/events", b"{}", qos=0))

    assert [(each.world, each.hub) for each in seen.found] == [("spring", HUB)]


@pytest.mark.parametrize(
    ("user", "client_id", "hub"),
    [
        (HUB, "anything", HUB),
        (None, CLIENT, HUB),
        (None, f"{CLIENT}-7", HUB),
        ("simulator", CLIENT, HUB),
        (None, "hub-1", None),
        (None, "", None),
        ("cloud", "cloud", None),
    ],
)
def test_the_hub_of_a_connection(user: str | None, client_id: str, hub: str | None) -> None:
    assert hub_of(user, client_id) == hub
