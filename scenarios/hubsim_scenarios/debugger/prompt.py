"""Reads the lines that the user types at a halt, from a terminal or from standard input.

The event loop keeps running while a line is awaited, so the connections of a live world stay open.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import TextIOWrapper
from typing import Protocol, TextIO

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hubsim_scenarios.debugger.commands import MAX_LINE_CHARS
from hubsim_scenarios.debugger.completion import Suggestion

Suggest = Callable[[str], Iterable[Suggestion]]
"""Takes the text before the cursor."""


class Prompt(Protocol):
    """A source of lines."""

    async def line(self, prompt: str, suggest: Suggest) -> str | None:
        """Return the next line without its end, or None when there are no more."""
        ...


class Terminal:
    """A terminal with history, and with suggestions while the user types."""

    def __init__(self) -> None:
        self._session: PromptSession[str] = PromptSession(complete_while_typing=True)

    async def line(self, prompt: str, suggest: Suggest) -> str | None:
        """Return the typed line; None for Ctrl-D and Ctrl-C."""
        try:
            typed = await self._session.prompt_async(
                prompt, completer=_Suggestions(suggest), handle_sigint=False
            )
        except (EOFError, KeyboardInterrupt):
            return None
        return typed.encode(errors="surrogateescape").decode(errors="backslashreplace")


class _Suggestions(Completer):
    def __init__(self, suggest: Suggest) -> None:
        self._suggest = suggest

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the suggestions that replace the unfinished word before the cursor."""
        del complete_event
        before = document.text_before_cursor
        unfinished = before.replace(",", " ").replace("{", " ").rpartition(" ")[2]
        for found in self._suggest(before):
            yield Completion(found.word, start_position=-len(unfinished), display_meta=found.about)


class Lines:
    """Lines of a file or a pipe. Each line is printed after its prompt, so the output is complete."""

    def __init__(self, source: TextIO) -> None:
        self._source = source

    async def line(self, prompt: str, suggest: Suggest) -> str | None:
        """Return the next line, or None at the end."""
        del suggest
        line = await _read_line(self._source)
        click.echo(f"{prompt}{line.rstrip() if line else '(end of input)'}")
        return line.rstrip("\r\n") if line else None


async def _read_line(source: TextIO) -> str:
    """Read in a daemon thread: a run can end while the thread still waits for a line."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def take(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = _bounded(source)
        with suppress(RuntimeError):  # the run has ended, and its loop is closed
            loop.call_soon_threadsafe(take, line)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return await answer


def _bounded(source: TextIO) -> str:
    """Return the next line with its end. A line that is too long is truncated, and its rest is skipped."""
    line = part = source.readline(MAX_LINE_CHARS + 1)
    while part and not part.endswith("\n"):
        part = source.readline(MAX_LINE_CHARS + 1)
    return line


def asking() -> Prompt:
    """Return the terminal if standard input and output are one, else the lines of standard input.

    Bytes that are not valid text are replaced by escapes in every locale. No command or step contains them.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")
    return Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Lines(sys.stdin)
