"""MQTT over WebSocket (MQTT 3.1.1 section 6): the bytes of a WebSocket connection to and from those of MQTT.

Without a socket. The frames are those of the library `websockets`. The subprotocol is `mqtt` (6.0.0-3).
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from websockets.exceptions import NegotiationError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

SUBPROTOCOL = Subprotocol("mqtt")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_FORBIDDEN, _BAD_REQUEST = 403, 400
_UNSUPPORTED_DATA = 1003


class WebSocketStream:
    """One connection of a browser or another WebSocket client. A frame has at most `limit_bytes`.

    With `any_origin`, pages of all origins may connect; this is safe if clients need a password. Without it,
    only pages that this machine serves may: otherwise any page on the internet could use the broker of the
    person who looks at it. Clients that are not browsers send no origin, and may always connect.
    """

    def __init__(self, limit_bytes: int, *, any_origin: bool) -> None:
        self._protocol = ServerProtocol(
            subprotocols=[SUBPROTOCOL],
            select_subprotocol=_select,
            max_size=limit_bytes,
        )
        self._any_origin = any_origin

    @property
    def ended(self) -> bool:
        """Whether the connection must be closed, after `to_send` is sent."""
        return self._protocol.state in (State.CLOSING, State.CLOSED) or self._protocol.close_expected()

    def limit(self, limit_bytes: int) -> None:
        """Change the limit of the next frames."""
        self._protocol.max_size = limit_bytes

    def receive(self, data: bytes) -> bytes:
        """Process bytes of the socket, and return the bytes of MQTT in them."""
        self._protocol.receive_data(data)
        payload = bytearray()
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._answer(event)
            elif isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.CONT):
                payload += event.data
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._protocol.fail(_UNSUPPORTED_DATA, "MQTT needs binary frames")  # 6.0.0-1
        return bytes(payload)

    def send(self, payload: bytes) -> None:
        """Put bytes of MQTT into a frame. Does nothing after the end."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_binary(payload)

    def to_send(self) -> bytes:
        """Return the bytes for the socket: frames, the answer to the request, and control frames."""
        return b"".join(self._protocol.data_to_send())

    def _answer(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and not self._any_origin and not _is_local(origin):
            text = f"The page {origin} may not use this broker: only pages of this machine may.\n"
            self._protocol.send_response(self._protocol.reject(_FORBIDDEN, text))
            return
        self._protocol.send_response(self._protocol.accept(request))


def _select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol:
    if SUBPROTOCOL not in offered:
        raise NegotiationError("the subprotocol mqtt is needed: set the header Sec-WebSocket-Protocol")
    return SUBPROTOCOL


def _is_local(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname in _LOOPBACK
    except ValueError:
        return False
