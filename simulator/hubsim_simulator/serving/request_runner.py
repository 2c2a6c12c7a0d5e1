"""Runs the lab's requests and the bench actions, and collects their answers until they may leave.

While the simulator cannot write, it answers reads, and refuses everything that changes a bench.
"""

import asyncio
from collections.abc import Callable

from hubsim_contract.lab.protocol import BenchAnswer, BenchRequest, LabAnswer, NumberedRequest, Sync
from hubsim_contract.mqtt.port import Publish
from hubsim_simulator.serving.endpoint import SimulatorEndpoint
from hubsim_simulator.serving.errors import CannotServe, CannotStore
from hubsim_simulator.serving.lab_requests import (
    DOING,
    READS,
    BenchHost,
    Result,
    SyncedMarks,
    answer,
    perform_action,
    sync,
)
from hubsim_simulator.serving.round_writer import LaterAnswer, RoundWriter
from hubsim_simulator.serving.world_bench import WorldBench


class RequestRunner:
    """The requests of one simulator. `begin_round` makes the server run a round soon."""

    def __init__(
        self,
        host: BenchHost,
        benches: dict[str, WorldBench],
        endpoint: SimulatorEndpoint,
        writer: RoundWriter,
        begin_round: Callable[[], None],
    ) -> None:
        self._host = host
        self._benches = benches
        self._endpoint = endpoint
        self._writer = writer
        self._begin_round = begin_round
        self._synced = SyncedMarks()
        self._requests: asyncio.Queue[NumberedRequest] = asyncio.Queue()
        self._later: list[LaterAnswer] = []

    def queue(self, asked: NumberedRequest) -> None:
        """Run a request soon."""
        self._requests.put_nowait(asked)

    def perform(self, world: str, hub: str, command: BenchRequest) -> None:
        """Perform a bench action now."""

        def refuse(error: CannotServe) -> Publish:
            return self._endpoint.answer_bench(
                world, hub, BenchAnswer(command.number, error.name, str(error))
            )

        if self._writer.trouble is not None:
            later = LaterAnswer(refuse(CannotStore(self._writer.trouble)))
        else:
            answered = perform_action(self._benches.get(world), hub, command)
            unstored = refuse if answered.refused is None else None
            later = LaterAnswer(self._endpoint.answer_bench(world, hub, answered), unstored)
        self._answer_later(later)

    def take_answers(self) -> list[LaterAnswer]:
        """Return the answers since the last call; each waits for the changes before it."""
        later, self._later = self._later, []
        return later

    async def run(self) -> None:
        """Run the requests until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                asked = await self._requests.get()
                group.create_task(self._serve(asked), name=f"simulator request {asked.number}")

    async def _serve(self, asked: NumberedRequest) -> None:
        def refuse(error: CannotServe) -> Publish:
            return self._endpoint.answer(
                LabAnswer(asker=asked.asker, number=asked.number, refused=error.name, text=str(error))
            )

        is_read = type(asked.what) in READS
        try:
            if not is_read:
                await self._until_writable()
            later = LaterAnswer(
                self._endpoint.answer(answer(asked, await self._do(asked))), None if is_read else refuse
            )
        except CannotServe as error:
            later = LaterAnswer(refuse(error))
        self._answer_later(later)

    async def _until_writable(self) -> None:
        """Try to write what could not be written. Raises `CannotStore`."""
        if self._writer.trouble is not None:
            self._begin_round()
            await self._host.until_round()
        if self._writer.trouble is not None:
            raise CannotStore(self._writer.trouble)

    async def _do(self, asked: NumberedRequest) -> Result:
        if isinstance(asked.what, Sync):
            return await sync(self._host, self._synced, asked.number, asked.what)
        return await DOING[type(asked.what)](self._host, asked.what)

    def _answer_later(self, later: LaterAnswer) -> None:
        self._later.append(later)
        self._begin_round()
