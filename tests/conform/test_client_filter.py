"""A bench at whose address other clients connect, too, records the device alone."""

from hubsim_conform.bench.client_filter import ClientFilter
from hubsim_contract.mqtt.codec.packets import PacketKind, Sender
from hubsim_simulator.tap.fault_rule import parse_fault
from hubsim_simulator.tap.tap_events import (
    ConnectionOpened,
    PacketSeen,
    SideEnded,
    TapEvent,
    TapTime,
    TcpAddress,
)

AT = TapTime(0, 0)
HUB = "hub-0A1B2C3D"


def opened(connection: int) -> TapEvent:
    return ConnectionOpened(at=AT, connection=connection, client_address=TcpAddress("127.0.0.1", 1))


def packet(connection: int, client_id: str | None, kind: PacketKind = PacketKind.CONNECT) -> TapEvent:
    return PacketSeen(
        at=AT, connection=connection, client_id=client_id, sender=Sender.CLIENT, frame=b"", kind=kind
    )


def passed(client: str | None, *events: TapEvent) -> list[TapEvent]:
    only = ClientFilter(client)
    return [each for event in events for each in only.take(event)]


def test_without_a_client_everything_passes_at_once() -> None:
    events = (opened(1), packet(1, None), opened(2))

    assert passed(None, *events) == list(events)


def test_the_opening_of_a_connection_waits_for_its_connect() -> None:
    events = (opened(1), packet(1, HUB), packet(1, HUB, PacketKind.PINGREQ))

    assert passed(HUB, *events) == list(events)
    assert passed(HUB, opened(1)) == []


def test_connections_of_other_clients_are_not_recorded() -> None:
    end = SideEnded(at=AT, connection=1, client_id="simulator", sender=Sender.CLIENT, reset=False)

    assert passed(HUB, opened(1), packet(1, "simulator"), packet(1, "simulator"), end) == []


def test_a_connection_that_ends_before_its_connect_is_not_recorded() -> None:
    end = SideEnded(at=AT, connection=1, client_id=None, sender=Sender.CLIENT, reset=True)

    assert passed(HUB, opened(1), end, packet(1, HUB)) == []


def test_faults_apply_to_the_client_only() -> None:
    fault = parse_fault("drop any to any always")

    assert ClientFilter(HUB).narrowed(fault) == parse_fault(f"drop any to {HUB} always")
    assert ClientFilter(None).narrowed(fault) == fault
    assert (ClientFilter(HUB).client, ClientFilter(None).client) == (HUB, "*")
