"""The durable number of a cloud's starts, by which hubs recognise the will of an earlier one (rule MQ-6)."""

from hubsim_cloud.service.store import Store

_BOOT = "boot"


async def next_boot(store: Store, at_least: int = 1) -> int:
    """Store and return the number of the start that begins now. Raises `StoreError`.

    It is greater than every number in this database. `at_least`: host ms, so that a database that was
    replaced by an older one does not continue with numbers that hubs have already seen.
    """
    kept = await store.meta(_BOOT)
    boot = max(1 + int(kept or 0), at_least)
    await store.set_meta(_BOOT, str(boot).encode())
    return boot
