"""The internet after the links of one hub, and what the hub has found out about it.

A link can be up without internet. Owns the true state of each link's access, and the checks with which a hub
finds out. A hub with checks uses and shows a link only while its last check has passed; a hub without checks
trusts every link that is up. Times are milliseconds on the world clock.
"""

from hubsim_contract.lab.bench_actions import Internet
from hubsim_contract.wire.messages import Channel


class InternetAccess:
    """The access of all channels. `check_ms`: the longest time until the hub notices; None: it never does."""

    __slots__ = (
        "_check_ms",
        "_checks",
        "_failed",
        "_in_use",
        "_states",
    )

    def __init__(self, check_ms: int | None) -> None:
        self._check_ms = check_ms
        self._states: dict[Channel, Internet] = {}
        self._failed: frozenset[Channel] = frozenset()
        self._in_use: Channel | None = None
        self._checks: dict[Channel, int] = {}

    def state(self, channel: Channel) -> Internet:
        """Return the true state."""
        return self._states.get(channel, Internet.OK)

    def states(self) -> dict[str, Internet]:
        """Return the states of all channels with an access that is not `ok`, by channel."""
        return {channel.value: state for channel, state in sorted(self._states.items())}

    def seems_usable(self, channel: Channel) -> bool:
        """Return whether the hub believes that the channel has internet."""
        return channel not in self._failed

    def set(self, channel: Channel, state: Internet, now_ms: int) -> None:
        """Change the true state. The hub notices it with its next check."""
        self._states.pop(channel, None)
        if state is not Internet.OK:
            self._states[channel] = state
        self._plan(channel, now_ms)

    def use(self, channel: Channel | None, now_ms: int) -> None:
        """Set the channel of the open connection to the cloud. The connection is a check that passes."""
        former, self._in_use = self._in_use, channel
        for changed in (former, channel):
            if changed is not None:
                self._plan(changed, now_ms)

    def check(self, channel: Channel) -> None:
        """Check the channel now, as a hub does when a link comes up."""
        self._checks.pop(channel, None)
        if self._check_ms is not None and self._fails(channel):
            self._failed |= {channel}
        elif channel in self._failed:
            self._failed -= {channel}

    def due(self) -> int | None:
        """Return when the next check changes what the hub knows, or None."""
        return min(self._checks.values(), default=None)

    def wake(self, now_ms: int) -> None:
        """Do the checks that are due."""
        while (at_ms := self.due()) is not None and at_ms <= now_ms:
            for channel in [each for each, due_ms in self._checks.items() if due_ms == at_ms]:
                self.check(channel)

    def _fails(self, channel: Channel) -> bool:
        """Return whether a check of the channel fails. An open connection needs no name server."""
        state = self.state(channel)
        return state is not Internet.OK and not (state is Internet.NO_DNS and channel is self._in_use)

    def _plan(self, channel: Channel, now_ms: int) -> None:
        """Plan the check that notices a change, and no check that changes nothing."""
        if self._check_ms is None:
            return
        if self._fails(channel) is (channel in self._failed):
            self._checks.pop(channel, None)
        elif channel not in self._checks:
            self._checks[channel] = now_ms + self._check_ms
