"""A tap without sockets: a test feeds it with bytes of both sides, and reads what each side gets."""

from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    Packet,
    PacketWill,
    PublishPacket,
    Sender,
)
from hubsim_simulator.tap.fault_rule import parse_fault
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    Forward,
    ForwardEnd,
    PacketSeen,
    Reset,
    TapEffect,
    TapTime,
    TcpAddress,
)

HUB, NAME = "0A1B2C3D", "front-door"
CLIENT_ID = f"hub-{HUB}"
PREFIX = "hubsim/v1"
PASSWORD = b"correct horse battery"
CONNECT = ConnectPacket(
    CLIENT_ID,
    keepalive_s=60,
    will=PacketWill(f"{PREFIX}/hubs/{HUB}/presence", b"{}", 1, retain=True),
    username=HUB,
    password=PASSWORD,
)
CONNACK = ConnackPacket(session_present=False)
START = TapTime(1_000_000, 1_700_000_000_000_000)


def event(number: int, packet_id: int = 1) -> PublishPacket:
    """Return the PUBLISH of an event of the hub."""
    payload = f'{{"hub":"{HUB}","boot":1,"number":{number},"kind":"lid_opened","at_ms":1}}'
    return PublishPacket(f"{PREFIX}/hubs/{HUB}/events", payload.encode(), 1, packet_id=packet_id)


class TappedStreams:
    """One connection of a tap, with everything that happened to it."""

    def __init__(self, *rules: str, keep_passwords: bool = False) -> None:
        faults = tuple(map(parse_fault, rules))
        self.tap = PacketTap(faults, hub_names={HUB: NAME}, keep_passwords=keep_passwords)
        self.at = START
        self.effects: list[TapEffect] = []
        self.number = 0
        self.open()

    def open(self) -> None:
        """Open the next connection; further bytes are those of this connection."""
        self.number, effects = self.tap.opened(TcpAddress("127.0.0.1", 50_000 + self.number), self.at)
        self.effects += effects

    def send(self, sender: Sender, *packets: Packet | bytes) -> None:
        data = b"".join(each if isinstance(each, bytes) else encode(each) for each in packets)
        self.effects += self.tap.received(self.number, sender, data, self.at)

    def client(self, *packets: Packet | bytes) -> None:
        self.send(Sender.CLIENT, *packets)

    def broker(self, *packets: Packet | bytes) -> None:
        self.send(Sender.SERVER, *packets)

    def connected(self) -> "TappedStreams":
        self.client(CONNECT)
        self.broker(CONNACK)
        return self

    def end(self, sender: Sender, *, reset: bool = False) -> None:
        self.effects += self.tap.ended(self.number, sender, self.at, reset=reset)

    def wait(self, seconds: float) -> None:
        """Move the time forward, and release what is due."""
        passed = int(seconds * 1_000_000)
        self.at = TapTime(self.at.mono_us + passed, self.at.wall_us + passed)
        self.effects += self.tap.tick(self.at)

    def got(self, receiver: Sender) -> bytes:
        """Return all bytes that a side got on the last connection."""
        return b"".join(
            each.data
            for each in self.effects
            if isinstance(each, Forward) and (each.connection, each.receiver) == (self.number, receiver)
        )

    def ends(self, receiver: Sender) -> int:
        return self.effects.count(ForwardEnd(self.number, receiver))

    @property
    def was_reset(self) -> bool:
        return Reset(self.number) in self.effects

    @property
    def packets(self) -> list[PacketSeen]:
        return [each for each in self.effects if isinstance(each, PacketSeen)]

    @property
    def undecoded(self) -> list[BytesSeen]:
        return [each for each in self.effects if isinstance(each, BytesSeen)]
