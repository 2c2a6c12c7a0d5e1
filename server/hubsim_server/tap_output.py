"""The outputs of a tap: lines for a person with their filter, and files for programs."""

import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from hubsim_contract.mqtt.codec.packets import PacketKind
from hubsim_simulator.broker.filters import matches, valid_topic
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    ConnectionOpened,
    Forward,
    ForwardEnd,
    PacketSeen,
    Reset,
    TapEffect,
    TapEvent,
    TapTime,
)
from hubsim_simulator.tap.tap_records import as_json, as_line

_COLOURS = {"->": "cyan", "<-": "green", "--": "yellow"}
_WIDTH_MIN = 60
"""A narrower terminal gets longer lines than it has columns."""


class TapFilter(msgspec.Struct, frozen=True):
    """Which events are shown. An empty field shows all; the others must all fit."""

    clients: tuple[str, ...] = ()
    """Patterns of client ids."""
    kinds: frozenset[PacketKind] = frozenset()
    topics: tuple[str, ...] = ()
    """Topic filters."""
    hubs: frozenset[str] = frozenset()
    """Hub ids: packets about these hubs, and the connections of these hubs."""

    def shows(self, event: TapEvent, hub: str | None) -> bool:
        """Return whether the event is shown. `hub` is the hub of the connection, if it has one."""
        if isinstance(event, ConnectionOpened):
            return self == TapFilter()
        client_id = event.client_id
        if self.clients and not any(fnmatchcase(client_id or "", each) for each in self.clients):
            return False
        packet = event if isinstance(event, PacketSeen) else None
        subject = None if packet is None or packet.address is None else packet.address.subject
        if self.hubs and not self.hubs & {hub, subject}:
            return False
        if packet is None:
            return not self.kinds and not self.topics
        return self._shows_packet(packet)

    def _shows_packet(self, packet: PacketSeen) -> bool:
        if self.kinds and packet.kind not in self.kinds:
            return False
        named = [topic for topic in packet.topics if valid_topic(topic)]
        return not self.topics or any(matches(wanted, topic) for wanted in self.topics for topic in named)


class LineOutput:
    """Prints one line for each event to stdout, with colours on a terminal, cut to its width."""

    def __init__(self, wanted: TapFilter, hub_names: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._names = dict(hub_names)
        self._hubs: dict[int, str] = {}
        self._on_terminal = sys.stdout.isatty()
        self._colours = self._on_terminal and not os.environ.get("NO_COLOR")

    def observe(self, effect: TapEffect, names: tuple[str, ...]) -> bool:
        """Print an event. `names` are those of its client. Returns False if no program reads the output."""
        if isinstance(effect, Forward | ForwardEnd | Reset):
            if not isinstance(effect, Forward) and not names:  # the connection is closed
                self._hubs.pop(effect.connection, None)
            return True
        if isinstance(effect, PacketSeen) and effect.kind is PacketKind.CONNECT and len(names) > 1:
            self._hubs[effect.connection] = names[1]
        if isinstance(effect, BytesSeen) and not effect.begins:
            return True  # further bytes of an undecoded part
        if not self._wanted.shows(effect, self._hubs.get(effect.connection)):
            return True
        try:
            click.echo(self._styled(effect), color=self._colours)
        except BrokenPipeError:
            with suppress(OSError), Path(os.devnull).open("wb") as nothing:
                os.dup2(nothing.fileno(), sys.stdout.fileno())
            return False
        return True

    def _styled(self, event: TapEvent) -> str:
        line = as_line(event, self._names)
        text = str(line)
        if self._on_terminal:
            width = max(_WIDTH_MIN, os.get_terminal_size(sys.stdout.fileno()).columns)
            # a trouble is never cut
            text = text if line.trouble or len(text) <= width else f"{text[: width - 3]}..."
        return click.style(text, fg="red" if line.trouble else _COLOURS[line.arrow])


class JsonOutput:
    """Writes each event as one line of JSON. A line is complete in the stream at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encode = msgspec.json.Encoder().encode

    def observe(self, effect: TapEffect, _at: TapTime) -> None:
        """Write an event. Raises `OSError` of the stream."""
        if not isinstance(effect, Forward | ForwardEnd | Reset):
            self._stream.write(self._encode(as_json(effect)) + b"\n")
            self._stream.flush()


Observer = Callable[[TapEffect, TapTime], None]


class FileOutputs:
    """The files of a tap. Old content stays until `begin`, so that a tap that cannot start loses nothing."""

    def __init__(self) -> None:
        self._waiting: list[tuple[BinaryIO, Callable[[BinaryIO], Observer]]] = []
        self._observers: list[Observer] = []

    def add(self, stream: BinaryIO, output: Callable[[BinaryIO], Observer]) -> None:
        """Write to an open stream by the observer that `output` returns for it."""
        self._waiting.append((stream, output))

    def begin(self) -> None:
        """Empty the files, and write what precedes the first event. Raises `OSError`."""
        for stream, output in self._waiting:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                stream.truncate(0)
            self._observers.append(output(stream))
        self._waiting.clear()

    def observe(self, effect: TapEffect, at: TapTime) -> None:
        """Write an effect to all files. Raises `OSError`."""
        self.begin()
        for observer in self._observers:
            observer(effect, at)
