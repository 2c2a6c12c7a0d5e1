"""Reads the lines that the user types at a halt, from a terminal or from standard input.

The event loop keeps running while a line is awaited, so the connections of a live world stay open.
"""

import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from typing import Protocol, TextIO

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hubsim_conform.device.line_input import read_line
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
        line = await read_line(self._source, MAX_LINE_CHARS)
        click.echo(f"{prompt}{line.rstrip() if line else '(end of input)'}")
        return line.rstrip("\r\n") if line else None


def asking() -> Prompt:
    """Return the terminal if standard input and output are one, else the lines of standard input.

    Bytes that are not valid text are replaced by escapes in every locale. No command or step contains them.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")
    return Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Lines(sys.stdin)
