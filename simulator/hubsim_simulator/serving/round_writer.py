"""Makes the changes of a round durable before their effects and answers leave.

A round that cannot be written, for example on a full disk, is kept and written again at the next attempt: no
change is lost, and no effect leaves before it is durable. Until then `trouble` has the reason.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from hubsim_contract.lab.protocol import NOT_STORED
from hubsim_contract.mqtt.port import Publish
from hubsim_simulator.fleet import At
from hubsim_simulator.serving.errors import CannotServe
from hubsim_simulator.serving.world_bench import Changes, WorldBench
from hubsim_storage.errors import StoreError

PROBE_EVERY_S = 5.0
"""The longest time between two attempts to write a round that could not be written."""

log = logging.getLogger(__name__)


class ChangeStore(Protocol):
    """The durable store of changes."""

    async def keep(self, changes: list[Changes], host_ms: int) -> None:
        """Make the changes durable, all in one transaction. Raises `StoreError`."""
        ...


class LaterAnswer(msgspec.Struct, frozen=True):
    """An answer that waits for the changes before it."""

    message: Publish
    unstored: Callable[[CannotServe], Publish] | None = None
    """Makes the answer to send at once when the changes cannot be written. None: the answer needs none."""

    def without_storage(self, error: StoreError) -> Publish:
        """Return the answer for a round that cannot be written."""
        if self.unstored is None:
            return self.message
        text = f"it takes effect when the simulator can write again: {error}"
        return self.unstored(CannotServe(NOT_STORED, text))


class Round(msgspec.Struct, frozen=True):
    """Changes of benches, with the effects to release once they are durable."""

    taken: list[tuple[WorldBench, Changes, list[At]]]
    host_ms: int
    """The host's clock when the changes were taken."""


class RoundWriter:
    """Writes rounds in order. `host_ms` is the host's clock, since 1970 in UTC."""

    def __init__(self, store: ChangeStore, host_ms: Callable[[], int]) -> None:
        self.trouble: StoreError | None = None
        """Why the last round could not be written; None if it was."""
        self._store = store
        self._host_ms = host_ms
        self._unwritten: Round | None = None

    async def write(self, benches: Mapping[str, WorldBench], later: list[LaterAnswer]) -> list[Publish]:
        """Write all changes of the benches, and release their effects. Return the answers to send now."""
        try:
            if self._unwritten is not None:
                await self._keep(self._unwritten, benches)
            taken = [(bench, *bench.take_changes()) for bench in benches.values() if bench.busy]
            self._unwritten = Round(taken, self._host_ms())
            await self._keep(self._unwritten, benches)
        except StoreError as error:
            if self.trouble is None:
                log.error("the simulator cannot write, and changes nothing: %s", error)  # noqa: TRY400 (no bug)
            self.trouble = error
            return [answer.without_storage(error) for answer in later]
        if self.trouble is not None:
            log.warning("the simulator can write again")
            self.trouble = None
        return [answer.message for answer in later]

    async def _keep(self, unwritten: Round, benches: Mapping[str, WorldBench]) -> None:
        """Write a round without the worlds that were removed meanwhile. Raises `StoreError`."""
        present = [each for each in unwritten.taken if benches.get(each[0].world) is each[0]]
        await self._store.keep([changes for _, changes, _ in present], unwritten.host_ms)
        self._unwritten = None
        for bench, _, effects in present:
            bench.release(effects)
