"""Hypothesis strategies for the control packets of both sides."""

from hypothesis import strategies as st

from hubsim_contract.mqtt.codec.packets import (
    MAX_PACKET_ID,
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)
TOPICS = st.text(st.sampled_from("abc/é$ "), min_size=1, max_size=40)
"""Names that all libraries accept: `paho` refuses wildcards."""
IDS = st.integers(1, MAX_PACKET_ID)
QOS = st.integers(0, 2)
PAYLOADS = st.binary(max_size=300)
WILLS = st.none() | st.builds(PacketWill, topic=TOPICS, payload=PAYLOADS, qos=QOS, retain=st.booleans())

CONNECTS = st.builds(
    ConnectPacket,
    client_id=TEXT,
    clean=st.booleans(),
    keepalive_s=st.integers(0, 65_535),
    will=WILLS,
    username=TEXT,
    password=st.none() | PAYLOADS,
) | st.builds(ConnectPacket, client_id=TEXT, clean=st.booleans(), will=WILLS)
PUBLISHES = st.builds(
    PublishPacket,
    topic=TOPICS,
    payload=PAYLOADS,
    qos=st.integers(1, 2),
    retain=st.booleans(),
    dup=st.booleans(),
    packet_id=IDS,
) | st.builds(PublishPacket, topic=TOPICS, payload=PAYLOADS, retain=st.booleans())
SUBSCRIBES = st.builds(
    SubscribePacket,
    packet_id=IDS,
    filters=st.lists(st.tuples(TOPICS, QOS), min_size=1, max_size=5).map(tuple),
)
UNSUBSCRIBES = st.builds(
    UnsubscribePacket, packet_id=IDS, filters=st.lists(TOPICS, min_size=1, max_size=5).map(tuple)
)
ACKNOWLEDGEMENTS = st.one_of(
    *(st.builds(kind, packet_id=IDS) for kind in (PubackPacket, PubrecPacket, PubrelPacket, PubcompPacket))
)
CONNACKS = st.builds(ConnackPacket, session_present=st.booleans()) | st.builds(
    ConnackPacket, session_present=st.just(False), code=st.sampled_from(ConnectCode)
)
SUBACKS = st.builds(
    SubackPacket,
    packet_id=IDS,
    codes=st.lists(st.sampled_from((0, 1, 2, SUBSCRIPTION_FAILED)), min_size=1, max_size=5).map(tuple),
)

FROM_SIDE = {
    Sender.CLIENT: st.one_of(
        CONNECTS,
        PUBLISHES,
        SUBSCRIBES,
        UNSUBSCRIBES,
        ACKNOWLEDGEMENTS,
        st.sampled_from((PingreqPacket(), DisconnectPacket())),
    ),
    Sender.SERVER: st.one_of(
        CONNACKS,
        PUBLISHES,
        SUBACKS,
        ACKNOWLEDGEMENTS,
        st.builds(UnsubackPacket, packet_id=IDS),
        st.just(PingrespPacket()),
    ),
}
"""All packets of each side."""
STREAMS = st.sampled_from(Sender).flatmap(
    lambda sender: st.tuples(st.just(sender), st.lists(FROM_SIDE[sender], max_size=6))
)
"""A side, and packets that it sends."""
