"""A program that runs commands of hubsim one after the other, and reports exit code and output of each.

It runs in an environment with the runtime dependencies only, so it uses the standard library and hubsim.
Each command is a fork of this process, in which everything is already imported. It reads a list of commands
as JSON from stdin: `words`, and `until`, the text in the output after which the command gets a SIGTERM. It
writes a list of pairs to stdout.
"""

import json
import os
import selectors
import signal
import sys
import time

from hubsim import main

BOUND_S = 60
"""Longer than any of these commands takes, also on a busy machine; then it has hung."""


def outcome(words: list[str], until: str | None) -> tuple[int, str]:
    """Run one command, and return its exit code and its output; a signal is a negative code."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        as_command(words, writer)
    os.close(writer)
    output = output_of(child, reader, until)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), output


def as_command(words: list[str], writer: int) -> None:
    """Be the command: never returns."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, writer), (2, writer)):
        os.dup2(source, target)
    code = 1
    try:
        main(words, prog_name="hubsim")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 (the interpreter would do this at its end)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def output_of(child: int, reader: int, until: str | None) -> str:
    """Return all that a command prints, up to its end; send the signal when the awaited text is there."""
    output, end = b"", time.monotonic() + BOUND_S
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0, end - time.monotonic())):
                os.kill(child, signal.SIGKILL)
                output += b"\n(this command did not end)"
                break
            read = os.read(reader, 65536)
            if not read:
                break
            output += read
            if until is not None and until.encode() in output:
                os.kill(child, signal.SIGTERM)
                until = None
    os.close(reader)
    return output.decode(errors="replace")


if __name__ == "__main__":
    commands = json.load(sys.stdin)
    json.dump([outcome(each["words"], each["until"]) for each in commands], sys.stdout)
