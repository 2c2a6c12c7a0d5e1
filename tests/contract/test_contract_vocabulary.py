"""Topics, identifiers, tiles and icons."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.wire import identifiers
from hubsim_contract.wire.icons import ICON_NAMES, icon_row
from hubsim_contract.wire.identifiers import BadIdentifier, luhn_digit
from hubsim_contract.wire.messages import Hardware, Registration, ServiceState, Signal, SimCard, SimSlot
from hubsim_contract.wire.service import RUNNING, TILES, SecondTile, Tile, second_tile, star, tile
from hubsim_contract.wire.topics import (
    CARRIER_KINDS,
    HUB_KINDS,
    NO_SUBJECT,
    RETAINED,
    MessageKind,
    TopicAddress,
    Topics,
)

HUBS = st.text("0123456789ABCDEF", min_size=8, max_size=8)
ICCIDS = st.text("0123456789", min_size=17, max_size=18).map(lambda tail: "89" + tail)
LEVELS = st.text(
    st.characters(exclude_characters="+#$\0/", exclude_categories=["Cs"]), min_size=1, max_size=8
)
PREFIXES = st.lists(LEVELS, min_size=1, max_size=3).map("/".join)
HARDWARE = Hardware(
    model="hub-2",
    firmware="2.30",
    sims=(SimSlot(1, SimCard.OK), SimSlot(2, SimCard.MISSING)),
    registration=Registration.ROAMING,
    generation="4G",
    signal=Signal.STRONG,
)

# ------------------------------------------------------------------ topics


@given(prefix=PREFIXES, kind=st.sampled_from(sorted(HUB_KINDS)), hub=HUBS)
def test_a_hub_topic_parses_to_its_address(prefix: str, kind: MessageKind, hub: str) -> None:
    topics = Topics(prefix)

    assert topics.read(topics.of(kind, hub)) == TopicAddress(kind, hub)


@given(prefix=PREFIXES, kind=st.sampled_from(sorted(CARRIER_KINDS)), iccid=ICCIDS)
def test_a_carrier_topic_parses_to_its_address(prefix: str, kind: MessageKind, iccid: str) -> None:
    topics = Topics(prefix)

    assert topics.read(topics.of(kind, iccid)) == TopicAddress(kind, iccid)


@given(topic=st.text(max_size=60), ours=st.booleans())
def test_any_text_parses_to_a_topic_of_the_contract_or_none(topic: str, ours: bool) -> None:
    topics = Topics()
    topic = f"{topics.prefix}/{topic}" if ours else topic

    address = topics.read(topic)

    assert address is None or topics.of(*address) == topic


@pytest.mark.parametrize(
    "topic",
    [
        "hubsim/v1/hubs/0A1B2C3D/desired/more",
        "hubsim/v1/hubs/0a1b2c3d/desired",
        "hubsim/v1/hubs/0A1B2C3D/orders",
        "hubsim/v1/hubs//desired",
        "hubsim/v1/carrier/orders/",
        "hubsim/v1/carrier/orders/١٢٣",
        "hubsim/v1/carrier/desired/89883",
        "hubsim/v2/hubs/0A1B2C3D/desired",
        "hubsim/v1",
        "",
    ],
)
def test_a_topic_outside_the_contract_parses_to_none(topic: str) -> None:
    assert Topics().read(topic) is None


def test_the_topics_are_those_of_the_documentation() -> None:
    topics = Topics()

    assert topics.of(MessageKind.DESIRED, "0A1B2C3D") == "hubsim/v1/hubs/0A1B2C3D/desired"
    assert topics.of(MessageKind.ORDER, "+") == "hubsim/v1/carrier/orders/+"
    assert topics.of(MessageKind.CONFIRMATION, "8988") == "hubsim/v1/carrier/confirmations/8988"


@pytest.mark.parametrize("prefix", ["", "/", "/a", "a/", "a/+", "#", "$SYS", "a\0b"])
def test_an_invalid_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="cannot be a topic prefix"):
        Topics(prefix)


def test_every_kind_but_one_belongs_to_hub_or_carrier_and_only_state_is_retained() -> None:
    assert set(MessageKind) == HUB_KINDS | CARRIER_KINDS | {MessageKind.CLOUD_PRESENCE}
    assert not HUB_KINDS & CARRIER_KINDS
    assert {
        MessageKind.DESIRED,
        MessageKind.CLOUD_PRESENCE,
        MessageKind.REPORTED,
        MessageKind.PRESENCE,
    } == RETAINED


def test_the_topic_of_the_cloud_has_no_subject() -> None:
    topics = Topics("a/b")

    assert topics.of(MessageKind.CLOUD_PRESENCE) == "a/b/cloud/presence"
    assert topics.of(MessageKind.CLOUD_PRESENCE, "0A1B2C3D") == "a/b/cloud/presence"
    assert topics.read("a/b/cloud/presence") == (MessageKind.CLOUD_PRESENCE, NO_SUBJECT)
    assert topics.read("a/b/cloud/desired") is None
    assert topics.read("a/b/hubs/0A1B2C3D/cloud_presence") is None


# ------------------------------------------------------------------ identifiers


@pytest.mark.parametrize(
    ("read", "text", "normal"),
    [
        (identifiers.iccid, "89883000000000000011", "89883000000000000011"),
        (identifiers.iccid, "8988300000000000013", "8988300000000000013"),
        (identifiers.iccid, " 8988 3000-0000 0000013f", "8988300000000000013"),
        (identifiers.imei, "352907000000018", "352907000000018"),
        (identifiers.imei, "35-290700-000001-8", "352907000000018"),
        (identifiers.imsi, " 001010000000001 ", "001010000000001"),
        (identifiers.hub_id, " 0a1b2c3d", "0A1B2C3D"),
    ],
)
def test_an_identifier_is_normalised(read: object, text: str, normal: str) -> None:
    assert callable(read)
    assert read(text) == normal


@pytest.mark.parametrize(
    ("read", "text", "why"),
    [
        (identifiers.iccid, "89883000000000000012", "check digit should be 1"),
        (identifiers.iccid, "8888300000000000013", "start 89"),
        (identifiers.iccid, "898830000000000001", "19 or 20 digits"),
        (identifiers.iccid, "", "19 or 20 digits"),
        (identifiers.imei, "352907000000019", "check digit should be 8"),
        (identifiers.imei, "35290700000001", "15 digits"),
        (identifiers.imsi, "0010100000000011", "15 digits"),
        (identifiers.hub_id, "0A1B2C3G", "8 hex digits"),
        (identifiers.hub_id, "0A1B2C3D4", "8 hex digits"),
    ],
)
def test_an_invalid_identifier_is_refused_with_the_reason(read: object, text: str, why: str) -> None:
    assert callable(read)
    with pytest.raises(BadIdentifier, match=why):
        read(text)


@given(st.text("0123456789", min_size=16, max_size=17))
def test_exactly_one_check_digit_is_accepted(tail: str) -> None:
    body = "89" + tail
    fitting = []
    for digit in "0123456789":
        try:
            fitting.append(identifiers.iccid(body + digit))
        except BadIdentifier:
            continue

    assert fitting == [body + luhn_digit(body)]


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_detected(body: str, place: int, change: int) -> None:
    imei = body + luhn_digit(body)
    wrong = imei[:place] + str((int(imei[place]) + change) % 10) + imei[place + 1 :]

    with pytest.raises(BadIdentifier):
        identifiers.imei(wrong)


@given(
    st.sampled_from([identifiers.iccid, identifiers.imei, identifiers.imsi, identifiers.hub_id]), st.text()
)
def test_any_text_is_normalised_or_refused(read: object, text: str) -> None:
    assert callable(read)
    try:
        normal = read(text)
    except BadIdentifier:
        return

    assert normal.isascii()
    assert read(normal) == normal


# ------------------------------------------------------------------ tiles and icons


@pytest.mark.parametrize(
    ("service", "first", "second", "lit"),
    [
        (ServiceState.NOT_AVAILABLE, Tile.NONE, SecondTile.NONE, False),
        (ServiceState.ACTIVATION_REQUIRED, Tile.ACTIVATION_REQUIRED, SecondTile.NONE, False),
        (ServiceState.ACTIVE, Tile.ACTIVATED, SecondTile.NONE, True),
        (ServiceState.EXPIRING, Tile.EXPIRES_SOON, SecondTile.ACCESS_MAY_EXPIRE, True),
    ],
)
def test_tiles_and_star_follow_from_the_service(
    service: ServiceState, first: Tile, second: SecondTile, lit: bool
) -> None:
    assert (tile(service), second_tile(service), star(service)) == (first, second, lit)


def test_every_service_state_has_a_tile_and_an_expiring_service_is_still_running() -> None:
    assert TILES.keys() == set(ServiceState)
    assert {ServiceState.ACTIVE, ServiceState.EXPIRING} == RUNNING


@pytest.mark.parametrize(
    ("fields", "service", "row"),
    [
        ({}, ServiceState.ACTIVE, ("4g_strong", "battery_100", "mains", "star")),
        ({}, ServiceState.ACTIVATION_REQUIRED, ("4g_strong", "battery_100", "mains")),
        (
            {"registration": Registration.DENIED},
            ServiceState.EXPIRING,
            ("cellular_off", "battery_100", "mains", "star"),
        ),
        ({"generation": None}, ServiceState.NOT_AVAILABLE, ("cellular_off", "battery_100", "mains")),
        (
            {"malfunction": True, "lid_open": True, "mains": False, "battery_percent": 35},
            ServiceState.NOT_AVAILABLE,
            ("4g_strong", "battery_35", "malfunction", "lid_open", "no_mains"),
        ),
        (
            {"generation": "2G", "signal": Signal.NONE},
            ServiceState.NOT_AVAILABLE,
            ("2g_no_signal", "battery_100", "mains"),
        ),
    ],
)
def test_the_icon_row_shows_the_state_of_the_hub(
    fields: dict[str, object], service: ServiceState, row: tuple[str, ...]
) -> None:
    assert icon_row(msgspec.structs.replace(HARDWARE, **fields), service) == row


@pytest.mark.parametrize(
    ("cards", "icon"),
    [
        ([SimCard.MISSING, SimCard.MISSING], "sim_not_installed"),
        ([SimCard.LOCKED, SimCard.MISSING], "sim_defective_or_pin"),
        ([SimCard.MISSING, SimCard.MALFUNCTION], "sim_defective_or_pin"),
        ([SimCard.MALFUNCTION, SimCard.OK], None),
        ([SimCard.UNKNOWN, SimCard.MISSING], None),
        ([], "sim_not_installed"),
    ],
)
def test_the_sim_icon_is_absent_while_one_card_works(cards: list[SimCard], icon: str | None) -> None:
    sims = tuple(SimSlot(place + 1, card) for place, card in enumerate(cards))

    row = icon_row(msgspec.structs.replace(HARDWARE, sims=sims), ServiceState.NOT_AVAILABLE)

    assert [name for name in row if name.startswith("sim")] == ([icon] if icon else [])


@pytest.mark.parametrize(("percent", "icon"), [(42, 40), (-5, 0), (1_000, 100), (4, 0), (100, 100)])
def test_a_charge_that_is_not_allowed_has_the_icon_of_the_next_lower_step(percent: int, icon: int) -> None:
    row = icon_row(msgspec.structs.replace(HARDWARE, battery_percent=percent), ServiceState.ACTIVE)

    assert f"battery_{icon}" in row
    assert set(row) <= set(ICON_NAMES)
