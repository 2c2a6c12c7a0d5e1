"""The messages between the process of a fleet and its shards: one JSON object a line, over stdin and stdout.

The first line to a shard has its settings, so that no secret is on a command line. A shard stops gracefully
at the end of its stdin, which also comes when the process of the fleet was killed.
"""

from pathlib import Path
from typing import Any

import msgspec

from hubsim_contract.wire.tags import snake
from hubsim_server.settings import ServerSettings


class ShardCommand(msgspec.Struct, frozen=True, tag_field="do", tag=snake):
    """A command to a shard."""


class BeginActs(ShardCommand, frozen=True):
    """Perform random bench actions on the hubs of the shard, until `EndActs`."""

    per_s: float
    seed: str


class EndActs(ShardCommand, frozen=True):
    """Perform no more bench actions."""


class CutAll(ShardCommand, frozen=True):
    """Cut the connections of all hubs of the shard at once, without a DISCONNECT."""


AnyShardCommand = BeginActs | EndActs | CutAll


class ShardReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of a shard, about once in a second. Counters begin with its process."""

    awaited: tuple[str, ...] = ()
    """What it waits for; empty when all its hubs have been connected."""
    hubs: int = 0
    on: int = 0
    able: int = 0
    """Hubs that are connected or connecting."""
    online: int = 0
    attempts: int = 0
    failed: int = 0
    lost: int = 0
    acts: int = 0
    acts_refused: int = 0
    refused: dict[str, int] = {}
    """Messages refused, by the part that refused them."""
    connect: dict[int, int] = {}
    """The durations until hubs were online: the buckets of `Durations`."""
    cpu_s: float = 0
    memory_bytes: int = 0


_encoder = msgspec.json.Encoder(enc_hook=str)
_command_decoder = msgspec.json.Decoder(AnyShardCommand)
_report_decoder = msgspec.json.Decoder(ShardReport)


def encode_line(message: ServerSettings | ShardCommand | ShardReport) -> bytes:
    """Return the message as a line."""
    return _encoder.encode(message) + b"\n"


def decode_settings(line: bytes) -> ServerSettings:
    """Return the settings of the first line."""
    return msgspec.json.decode(line, type=ServerSettings, dec_hook=_path)


def decode_command(line: bytes) -> AnyShardCommand:
    """Return the command of a line."""
    command: AnyShardCommand = _command_decoder.decode(line)
    return command


def decode_report(line: bytes) -> ShardReport:
    """Return the report of a line. Raises `msgspec.DecodeError` for a line of another program."""
    return _report_decoder.decode(line)


def _path(kind: type, value: Any) -> Any:
    assert kind is Path
    return Path(value)
