"""The cellular reception at the place of a hub: coverage, the generations in reach, and the signal.

Owns what the modem can receive. The answers of the networks are independent of it. A slot has its own
strength if the networks of its card are received differently.
"""

from collections.abc import Iterable

from hubsim_contract.lab.bench_actions import ALL_GENERATIONS
from hubsim_contract.wire.messages import Signal

_ORDER = {signal: place for place, signal in enumerate(Signal)}


class RadioSite:
    """The reception of one modem. `offered` are the radio generations of the modem, the newest one last."""

    __slots__ = (
        "_offered",
        "coverage",
        "generations",
        "slot_strengths",
        "strength",
    )

    def __init__(self, offered: tuple[str, ...]) -> None:
        self.coverage = True
        self.strength = Signal.STRONG
        """The signal strength while there is coverage."""
        self.slot_strengths: dict[int, Signal] = {}
        """The strength of the slots that have their own."""
        self.generations = ALL_GENERATIONS
        self._offered = offered

    def set_generations(self, generations: Iterable[str]) -> None:
        """Set the generations in reach; their order has no meaning."""
        known = frozenset(generations)
        self.generations = tuple(each for each in ALL_GENERATIONS if each in known)

    def set_signal(self, signal: Signal, slot: int | None) -> None:
        """Set the strength of one slot, or of all.

        Every strength of all slots except `no_signal` includes coverage, which returns at the last strength.
        """
        if slot is not None:
            self.slot_strengths[slot] = signal
            return
        self.coverage = signal is not Signal.NONE
        if self.coverage:
            self.strength = signal
            self.slot_strengths = {}

    def generation(self, slot: int) -> str | None:
        """Return the best generation in reach for the card in the slot; None without coverage."""
        if self.signal(slot) is Signal.NONE:
            return None
        return next((each for each in reversed(self._offered) if each in self.generations), None)

    def offers(self, generation: str) -> bool:
        """Return whether a network of this generation is in reach."""
        return generation in self.generations

    def signal(self, slot: int | None) -> Signal:
        """Return the strength for the card in the slot, or of the strongest network without a slot."""
        if not self.coverage or not any(each in self.generations for each in self._offered):
            return Signal.NONE
        return self.strength if slot is None else self.slot_strengths.get(slot, self.strength)

    def stronger(self, slot: int, than: int) -> bool:
        """Return whether the networks of one slot are received better than those of the other."""
        return _ORDER[self.signal(slot)] > _ORDER[self.signal(than)]
