"""The store of a world on a server, with its metrics."""

import time

from hubsim_cloud.service.meters import Meters
from hubsim_cloud.service.store import Batch, Store
from hubsim_storage.database import Database


class MeteredStore(Store):
    """A store whose commits are counted and timed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.meters = Meters()

    async def commit(self, batch: Batch) -> None:
        """Write the whole batch or nothing. Raises `StoreError` when nothing was written."""
        begin_s = time.perf_counter()
        await super().commit(batch)
        if not batch.empty:
            self.meters.committed(len(batch.facts), time.perf_counter() - begin_s)
