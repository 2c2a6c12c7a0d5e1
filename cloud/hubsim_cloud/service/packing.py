"""Compaction of the log of facts: older facts, and events of hubs, move into compressed pages.

The database of an older hubsim has its whole log as rows. It is packed before the cloud serves, once.
"""

import logging
from contextlib import suppress

from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.service.store import Store
from hubsim_storage.errors import StoreError

log = logging.getLogger(__name__)

PAGES_IN_ADVANCE = 64
"""The number of pages in one transaction before the cloud serves."""
EVENTS_IN_ADVANCE = 1_024
"""The number of events of hubs in one page before the cloud serves."""


async def pack(store: Store, facts: FactLog) -> None:
    """Pack the oldest facts and some events, if there are enough. Without room on the disk they stay rows."""
    with suppress(StoreError):  # the next commit reports it
        for page in await store.pack():
            facts.pack(page)
        await store.pack_events()


async def pack_in_advance(store: Store, facts: FactLog) -> None:
    """Pack all rows that are old enough, and shrink the file. Only for a cloud that starts."""
    try:
        while pages := await store.pack(PAGES_IN_ADVANCE):
            for page in pages:
                facts.pack(page)
        while await store.pack_events(size=EVENTS_IN_ADVANCE):
            pass
        await store.database.shrink()
    except StoreError as error:
        log.warning("the log of facts could not be compacted now: %s", error)
