"""Runs the hubs of `examples/` as processes, and the commands that play scenarios on them."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from held_port import held_port

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CATALOG = ROOT / "scenarios" / "catalog"
HUB = "0A1B2C3D"
FAST = (
    "connack_s=2 suback_s=2 puback_s=3 heard_s=3 reconnect_first_s=0.2 reconnect_longest_s=1 online_after_s=2"
)
"""The options of a hub that fit `capabilities-fast.toml`."""
NAMES = ("hub-c", "hub-micropython")


class ExampleHub(NamedTuple):
    """A running hub."""

    name: str
    folder: Path
    port: int
    """The port on which it expects its broker."""
    process: "subprocess.Popen[str]"

    @property
    def actuator(self) -> str:
        """The command that operates it."""
        return shlex.join([str(EXAMPLES / self.name / "actuate"), str(self.folder)])

    @property
    def capabilities(self) -> Path:
        """The file that declares what it has."""
        return EXAMPLES / self.name / "capabilities-fast.toml"

    @property
    def options(self) -> list[str]:
        """The options of `hubsim run` that attach it as the first hub of each file."""
        words = ["--attach", HUB, "--actuator", self.actuator, "--capabilities", str(self.capabilities)]
        return [*words, "--listen", f"127.0.0.1:{self.port}", "--device-wait", "30"]


def built(name: str, folder: Path) -> list[str]:
    """Return the command that starts a hub; the one in C is built in the folder if it is not there yet."""
    if name == "hub-micropython":
        return [sys.executable, str(EXAMPLES / name / "hub.py")]
    built_in = folder / "built"  # `make` creates the folder
    subprocess.run(  # noqa: S603 (our own Makefile)
        ["make", "--silent", "-C", str(EXAMPLES / name), f"OUT={built_in}"],  # noqa: S607 (any make)
        check=True,
        capture_output=True,
        text=True,
    )
    return [str(built_in / "hub")]


@contextmanager
def running(name: str, command: list[str], folder: Path, *options: str) -> Iterator[ExampleHub]:
    """Run a hub with short waits; it is killed at the end."""
    folder.mkdir(exist_ok=True)
    with held_port() as port, (folder / "output.txt").open("w", encoding="utf-8") as output:
        words = [*command, HUB, str(folder), f"broker=127.0.0.1:{port}", *FAST.split(), *options]
        process = subprocess.Popen(words, stdout=output, stderr=output, text=True)  # noqa: S603 (a hub of examples/)
        try:
            yield ExampleHub(name, folder, port, process)
        finally:
            process.kill()
            process.wait()
