"""Which hubs may look different and are to be shown again: each at most ten times a second, and at the end.

Pure; times are real ms.
"""

EVERY_MS = 100
"""The shortest time between two shows of one hub."""
AT_ONCE_MAX = 200
"""The number of hubs shown in one go; the others follow later."""


class HubChanges:
    """The hubs to show."""

    def __init__(self) -> None:
        self._changed: dict[str, None] = {}
        self._shown_ms: dict[str, int] = {}
        """When each hub was shown last, if that was within `EVERY_MS`."""

    def touch(self, hub: str) -> None:
        """Show the hub again."""
        self._changed[hub] = None

    def due(self, now_ms: int) -> int | None:
        """Return when `take` has a hub, or None."""
        first: int | None = None
        for hub in self._changed:
            shown_ms = self._shown_ms.get(hub)
            if shown_ms is None or shown_ms + EVERY_MS <= now_ms:
                return now_ms
            first = shown_ms + EVERY_MS if first is None else min(first, shown_ms + EVERY_MS)
        return first

    def take(self, now_ms: int) -> list[str]:
        """Return hubs to show now, which then count as shown."""
        self._shown_ms = {hub: at_ms for hub, at_ms in self._shown_ms.items() if at_ms + EVERY_MS > now_ms}
        ready: list[str] = []
        for hub in self._changed:
            if hub not in self._shown_ms:
                ready.append(hub)
                if len(ready) == AT_ONCE_MAX:
                    break
        for hub in ready:
            del self._changed[hub]
            self._shown_ms[hub] = now_ms
        return ready
