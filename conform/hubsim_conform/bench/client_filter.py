"""Separates the connections of the device from those of other clients at the same address. Pure."""

from collections.abc import Iterator

from msgspec.structs import replace

from hubsim_simulator.tap.packet_faults import PacketFault
from hubsim_simulator.tap.tap_events import ConnectionOpened, TapEvent


class ClientFilter:
    """Passes the events of one client; without a client id, all events."""

    def __init__(self, client_id: str | None) -> None:
        self._client_id = client_id
        self._opened: dict[int, ConnectionOpened] = {}
        """Connections whose client is not known yet."""
        self._ours: set[int] = set()

    @property
    def client(self) -> str:
        """The client for faults, cuts and injections; `*` is for all."""
        return self._client_id or "*"

    def narrowed(self, fault: PacketFault) -> PacketFault:
        """Return the fault for the packets of this client alone."""
        return replace(fault, client=self.client)

    def take(self, event: TapEvent) -> Iterator[TapEvent]:
        """Yield the events of the device. The opening of a connection waits for its CONNECT."""
        if self._client_id is None or event.connection in self._ours:
            yield event
        elif isinstance(event, ConnectionOpened):
            self._opened[event.connection] = event
        else:
            opened = self._opened.pop(event.connection, None)
            if event.client_id == self._client_id and opened is not None:
                self._ours.add(event.connection)
                yield opened
                yield event
