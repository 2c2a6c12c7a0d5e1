"""Equal values of many hubs are kept once, and stay equal to what the hubs sent."""

from hubsim_cloud.domain.observations import accept_event, accept_presence, accept_reported
from hubsim_cloud.domain.sharing import SHARED_VALUES, share_record, shared, shared_report, wanted
from hubsim_cloud.domain.state import NOTHING_MISSING, Device
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    HubEvent,
    Presence,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind

SIM = SimSlot(1, SimCard.OK, "8988300000000000005")
EMPTY = SimSlot(2, SimCard.MISSING)


def received(hub: str, sequence: int = 1, channels: tuple[Channel, ...] = (Channel.ETHERNET,)) -> Reported:
    """Return a report as it comes from the wire, with its own copies of all values."""
    hardware = Hardware(model="hub-2-plus", firmware="2.20.0", channels=channels, sims=(SIM, EMPTY))
    sent = Reported(hub=hub, boot=1, connection=1, sequence=sequence, applied_version=0, hardware=hardware)
    message = decode(MessageKind.REPORTED, encode(sent))
    assert isinstance(message, Reported)
    return message


def test_a_shared_report_is_equal_to_the_received_one() -> None:
    report = received("00000001")

    assert shared_report(report, "00000001") == report
    assert shared_report(report, "00000001", report.hardware.sims) == report
    assert shared_report(report, "00000001", (EMPTY,)) == report


def test_the_records_of_two_hubs_share_what_is_equal() -> None:
    one, other = Device(), Device()

    accept_reported(one, received("00000001"), 0)
    accept_reported(other, received("00000002"), 0)

    assert one.reported is not None
    assert other.reported is not None
    mine, its = one.reported.hardware, other.reported.hardware
    assert mine.model is its.model
    assert mine.firmware is its.firmware
    assert mine.channels is its.channels
    assert mine.sims[1] is its.sims[1]
    assert mine.sims[0] is not its.sims[0]


def test_the_next_report_of_a_hub_keeps_its_id_and_its_cards() -> None:
    device = Device()
    accept_reported(device, received("00000001"), 0)
    first = device.reported

    accept_reported(device, received("00000001", sequence=2), 0)

    assert first is not None
    assert device.reported is not None
    assert device.reported == received("00000001", sequence=2)
    assert device.reported.hub is first.hub
    assert device.reported.hardware.sims is first.hardware.sims


def test_hubs_that_miss_nothing_share_one_value_which_nothing_changes() -> None:
    device, other = Device(reported=received("00000001"), missing_since_ms={}), Device()
    share_record(device, "00000001")

    accept_presence(device, Presence(hub="00000001", online=True, boot=1, connection=1), 5)
    accept_reported(device, received("00000001", sequence=2, channels=()), 10)

    assert device.missing_since_ms == {Channel.ETHERNET: 10}
    assert other.missing_since_ms is NOTHING_MISSING
    assert NOTHING_MISSING == {}

    accept_reported(device, received("00000001", sequence=3), 20)

    assert device.missing_since_ms is NOTHING_MISSING


def test_an_event_of_one_hub_is_not_in_the_record_of_another() -> None:
    device, other = Device(), Device()
    event = HubEvent(hub="00000001", boot=1, number=1, kind="lid_open", at_ms=1)

    accept_event(device, event)

    assert (device.events, other.events) == ((event,), ())


def test_equal_desired_states_are_one_object() -> None:
    values = (ServiceState.EXPIRING, 1_795_894_944_735, False, True, 60)

    assert wanted(*values) is wanted(*values)
    assert wanted(*values) != wanted(ServiceState.EXPIRING, 1_795_894_944_736, False, True, 60)


def text() -> str:
    """Return a new text, always equal."""
    return bytes((50, 46, 48)).decode()


def test_the_number_of_shared_values_is_bounded() -> None:
    first = shared(text())

    for number in range(SHARED_VALUES):
        shared(f"a firmware with the number {number}")

    assert shared(text()) == first
    assert shared(text()) is not first
