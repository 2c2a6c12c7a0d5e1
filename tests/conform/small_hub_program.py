"""The small hub as a program for `hubsim conform --device`; `--help` lists its options.

Acts come as JSON lines over the Unix socket `acts` in the folder HUBSIM_STATE, from `small_hub_actuate.py`.
"""

import argparse
import asyncio
import os
import signal
import time
from pathlib import Path

from small_hub import SmallHub
from small_hub_ports import Limits
from small_hub_shell import SmallHubShell

from hubsim_conform.device.acts import read_act
from hubsim_contract.mqtt.broker_url import BrokerUrl

SHORT = Limits(
    connack_s=1.0,
    suback_s=1.0,
    puback_s=1.5,
    first_s=0.1,
    longest_s=0.8,
    steady_s=0.5,
    heard_s=1.5,
    buffer=100,
)
"""The bounds that `small_hub.toml` declares."""


class FileDurable:
    """The memory as a file that is replaced as a whole; used like a list of memories."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __bool__(self) -> bool:
        return self._file.exists()

    def __getitem__(self, _place: int) -> bytes:
        return self._file.read_bytes()

    def append(self, memory: bytes) -> None:
        part = self._file.with_suffix(".new")
        part.write_bytes(memory)
        part.replace(self._file)


def _crash(*_: object) -> None:
    print("cannot read this", flush=True)  # noqa: T201 (the last words of the program)
    os._exit(6)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--ends-after-s", type=float)
    parser.add_argument("--crashes", action="store_true", help="End at each message that has to be refused.")
    given = parser.parse_args()
    if given.crashes:
        SmallHub.refuse = _crash  # type: ignore[method-assign]
    if given.ends_after_s is not None:
        asyncio.get_running_loop().call_later(given.ends_after_s, os._exit, 5)
    folder = Path(os.environ["HUBSIM_STATE"])
    shell = SmallHubShell(
        os.environ["HUBSIM_HUB"],
        BrokerUrl.parse(os.environ["HUBSIM_BROKER"]),
        FileDurable(folder / "memory"),  # type: ignore[arg-type]
        lambda: time.time_ns() // 1_000_000,
        limits=SHORT if given.short else Limits(),
        defects=frozenset(given.defect),
        seed=time.time_ns(),
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done = shell.act(read_act(await reader.readline()))
        writer.write(b"done\n" if done else b"cannot\n")
        writer.close()

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    (folder / "acts").unlink(missing_ok=True)
    async with await asyncio.start_unix_server(serve, folder / "acts"):
        await stopped.wait()
        shell.stop()
        await shell.ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
