"""The resources that a test uses outside its memory: processes, sockets, files outside temporary folders.

An audit hook records them (PEP 578), so there is no list to maintain. It sees this process only; `checkout`
sees the files that other processes leave in the checkout.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from checkout import OF_TOOLS, ROOT

OUTSIDE = ("live", "mosquitto", "nightly", "browser", "editor", "asyncapi", "process", "foreign")
"""The marks of tests that need more than this process."""
_STARTS = frozenset(
    ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "os.spawn")
)
_SOCKETS = frozenset(("socket.bind", "socket.connect"))
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_DEVICES = ("/dev/", "/proc/")


class Reach:
    """Records the resources that the running test uses."""

    def __init__(self) -> None:
        self.outside: list[str] = []
        """Processes and sockets."""
        self.written: list[str] = []
        """Files and folders outside temporary folders."""
        self.watching = False
        self.temporary: tuple[str, ...] = ()
        """Folders in which anything may be written."""

    def begin(self) -> None:
        """Forget the test before."""
        self.outside.clear()
        self.written.clear()
        self.watching = True

    def end(self, marks: set[str]) -> str:
        """Return what a test with these marks should not have done; "" for nothing."""
        self.watching = False
        if self.written:
            return f"writes outside its temporary folder: {', '.join(self.written)}"
        if self.outside and not marks & set(OUTSIDE):
            return f"reaches outside its process ({', '.join(self.outside)}): mark it {' or '.join(OUTSIDE)}"
        return ""

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Take an event of the interpreter."""
        if self.watching and (seen := _SEEN.get(event)) is not None:
            seen(self, event, args)

    def starts(self, event: str, args: tuple[Any, ...]) -> None:
        """Take the start of a process."""
        self.outside.append(f"{event} {args[0] if args else ''}".strip())

    def connects(self, event: str, args: tuple[Any, ...]) -> None:
        """Take the use of a socket; those without a port are pipes within a process."""
        if isinstance(args[1], tuple):
            self.outside.append(f"{event} {args[1]}")

    def opens(self, _event: str, args: tuple[Any, ...]) -> None:
        """Take the opening of a file."""
        path, _mode, flags = args
        if isinstance(flags, int) and flags & _WRITES:
            self.writes("open", (path,))

    def connects_to_file(self, _event: str, args: tuple[Any, ...]) -> None:
        """Take a database, by its path or as a URI."""
        name = os.fsdecode(args[0])
        if name != ":memory:":
            self.writes("sqlite", (unquote(name.removeprefix("file:").partition("?")[0]),))

    def writes(self, _event: str, args: tuple[Any, ...]) -> None:
        """Take a path that is made or written to."""
        if not isinstance(args[0], str | bytes | os.PathLike):
            return
        path = os.path.abspath(os.fsdecode(args[0]))  # noqa: PTH100 (pathlib is audited itself)
        if path.startswith((*_DEVICES, *self.temporary)):
            return
        if path.startswith(str(ROOT)) and OF_TOOLS & set(Path(path).parts):
            return
        self.written.append(path)


_SEEN: dict[str, Callable[[Reach, str, tuple[Any, ...]], None]] = {
    **dict.fromkeys(_STARTS, Reach.starts),
    **dict.fromkeys(_SOCKETS, Reach.connects),
    "open": Reach.opens,
    "os.mkdir": Reach.writes,
    "sqlite3.connect": Reach.connects_to_file,
}


def watched() -> Reach:
    """Return a record that follows this process from now on; hooks cannot be taken away again."""
    reach = Reach()
    sys.addaudithook(reach.hook)
    return reach
