"""Builds the index of the histories in parts, so that other requests wait for one part only.

After a restart the first history would otherwise index the whole log at once: about 3 s for a million facts.
"""

import asyncio

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.queries import BaseQuery, HistoryQuery

FACTS_AT_ONCE = 2_000
"""The number of facts in one part, which takes less than 10 ms."""


async def index_log(archive: Archive) -> None:
    """Index all facts of the log."""
    while not archive.extend(FACTS_AT_ONCE):  # noqa: ASYNC110 (other work has its turn, nothing is awaited)
        await asyncio.sleep(0)


async def index_for(query: BaseQuery, archive: Archive) -> None:
    """Index all facts of the log, if the query needs them."""
    if isinstance(query, HistoryQuery):
        await index_log(archive)
