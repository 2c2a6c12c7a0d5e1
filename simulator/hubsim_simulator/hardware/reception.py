"""The reception of a modem with the card in use: its radio generation, and since when its signal is weak.

Owns the search for a better generation: a registered modem leaves a lost generation at once, and finds a
better one with its next search. Times are milliseconds on the world clock.
"""

from hubsim_contract.wire.messages import Signal
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hardware.site import RadioSite


class Reception:
    """The reception at a site. Only the values of a registered modem count."""

    __slots__ = ("_period_ms", "_site", "generation", "search_ms", "weak_since_ms")

    def __init__(self, site: RadioSite, settings: HardwareSettings) -> None:
        self.generation: str | None = None
        """The generation in use."""
        self.weak_since_ms: int | None = None
        """When the signal of the slot became weak; None: it is not weak."""
        self.search_ms: int | None = None
        """When the next search finds a better generation; None: there is none."""
        self._site = site
        self._period_ms = settings.generation_search_ms

    def select(self, slot: int, now_ms: int) -> None:
        """Begin with the card in the slot."""
        self.weak_since_ms = self.search_ms = None
        self.note_signal(slot, now_ms)

    def register(self, generation: str) -> None:
        """Use this generation from now on."""
        self.generation, self.search_ms = generation, None

    def note_signal(self, slot: int, now_ms: int) -> None:
        """Note since when the signal of the slot is weak."""
        if self._site.signal(slot) is not Signal.WEAK:
            self.weak_since_ms = None
        elif self.weak_since_ms is None:
            self.weak_since_ms = now_ms

    def follow(self, best: str, now_ms: int) -> None:
        """Change to a lower generation at once, to a higher one when the next search finds it."""
        if self.generation is None or not self._site.offers(self.generation):
            self.register(best)
        elif best == self.generation:
            self.search_ms = None
        elif self.search_ms is None:
            self.search_ms = now_ms + self._period_ms

    def wake(self, slot: int, now_ms: int) -> None:
        """Search, if it is time."""
        best = self._site.generation(slot)
        if self.search_ms is not None and now_ms >= self.search_ms and best is not None:
            self.register(best)
