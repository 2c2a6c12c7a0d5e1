"""The seams of a world at which a mutant can change a value, and the probes at these seams.

A seam is a place where a value passes from one part of the world to another: a message, a fact, an answer, a
display. A change takes the value and returns the value that continues. It never alters its argument, so the
probes can also compute what a mutant would do, without doing it.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any


class Seam(StrEnum):
    """A place at which values pass. `about` is the hub at the seams of hubs."""

    SETTINGS = "settings"
    """The settings of the world, before it starts."""
    CLOUD_INPUT = "cloud input"
    """A list with one event of the cloud's port."""
    CLOUD_OUTPUT = "cloud output"
    """The effects of the cloud for one event."""
    FACTS = "facts"
    """Facts before the cloud applies them. `about` is the command that decided them, or empty."""
    DOCUMENT_WAITS = "document waits"
    """Whether the document of a hub waits for the cut of its SIM."""
    ANSWER = "answer"
    """The cloud's answer to a command, which is `about`."""
    VIEW = "view"
    """A view of a person, as plain values, or its refusal. `about` is the query."""
    APP = "app"
    """A hub in the app, as plain values."""
    CARRIER_INPUT = "carrier input"
    """A list with one event of the carrier."""
    CARRIER_OUTPUT = "carrier output"
    """The effects of the carrier for one event."""
    CARRIER_MEMORY = "carrier memory"
    """The bytes from which a restarted carrier continues."""
    AGENT_INPUT = "agent input"
    """A list with one event of a hub's program."""
    AGENT_OUTPUT = "agent output"
    """The effects of a hub's program for one event."""
    HARDWARE = "hardware"
    """The state of a hub's hardware."""
    LED = "led"
    """The logo of a hub."""


Change = Callable[[Any, str], Any]
"""Takes the value at a seam and what it is about; returns the value that continues."""
Changes = Mapping[Seam, Change]
"""The changes of one mutant in one world. They may share state."""


class Probes:
    """The probes of one world: one mutant acts, the others are only watched. Use them for one play.

    Until a mutant has changed a value for the first time, its world is equal to the honest one. So a single
    honest play shows which mutants have an occasion at all: they are in `occasions`.
    """

    def __init__(self, acting: Changes | None = None, watched: Iterable[tuple[str, Changes]] = ()) -> None:
        self.occasions: set[str] = set()
        """The names of the watched mutants that would have changed a value."""
        self.building = True
        """Whether the world is still being built. The commands that build it are never changed."""
        self._acting: Changes = acting or {}
        self._watched: dict[Seam, dict[str, Change]] = {}
        for name, changes in watched:
            for seam, change in changes.items():
                self._watched.setdefault(seam, {})[name] = change

    def built(self) -> None:
        """Note that the world is built: from now on the commands of people are changed, too."""
        self.building = False

    def at(self, seam: Seam, value: Any, about: str = "") -> Any:
        """Return the value that continues from the seam."""
        watched = self._watched.get(seam)
        if watched:
            touched = [name for name, change in watched.items() if change(value, about) != value]
            for name in touched:
                self._found(name)
        change = self._acting.get(seam)
        return value if change is None else change(value, about)

    def _found(self, name: str) -> None:
        self.occasions.add(name)
        for changes in self._watched.values():
            changes.pop(name, None)
