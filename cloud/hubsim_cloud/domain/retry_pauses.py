"""The growing pauses between copies of a desired document that an online hub does not apply."""


class RetryPauses:
    """The pause of each hub: the shortest one, doubled for each copy of one version up to the longest one."""

    def __init__(self, shortest_ms: int, longest_ms: int) -> None:
        self._shortest_ms = shortest_ms
        self._longest_ms = max(shortest_ms, longest_ms)
        self._sent: dict[str, tuple[int, int]] = {}
        """The version that was sent last, and the pause after it, by hub."""

    def after(self, hub: str, version: int) -> tuple[int, bool]:
        """Return the pause in ms after a copy, and whether it is now the longest one for the first time."""
        before, pause_ms = self._sent.get(hub, (0, 0))
        if before != version:
            pause_ms = 0
        grown_ms = min(2 * pause_ms, self._longest_ms) if pause_ms else self._shortest_ms
        self._sent[hub] = (version, grown_ms)
        return grown_ms, 0 < pause_ms < grown_ms == self._longest_ms

    def forget(self, hub: str) -> None:
        """Begin with the shortest pause again: the hub has applied the document, or has a new connection."""
        self._sent.pop(hub, None)
