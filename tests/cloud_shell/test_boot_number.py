"""The number of a cloud's starts is durable, and never repeats."""

from pathlib import Path

from hubsim_cloud.service.store import Store
from hubsim_cloud.world.boot_number import next_boot


async def numbers(path: Path, *at_least: int) -> list[int]:
    """Return the number of each start, with the database opened and closed for it."""
    found = []
    for least in at_least:
        store = await Store.open(path)
        found.append(await next_boot(store, least))
        await store.close()
    return found


async def test_each_start_has_a_greater_number(tmp_path: Path) -> None:
    assert await numbers(tmp_path / "cloud.db", 1, 1, 1) == [1, 2, 3]


async def test_a_start_is_not_below_the_time_of_the_host_also_after_that_was_set_back(tmp_path: Path) -> None:
    assert await numbers(tmp_path / "cloud.db", 5_000, 5_000, 300, 9_000) == [5_000, 5_001, 5_002, 9_000]


async def test_an_older_database_does_not_repeat_a_number(tmp_path: Path) -> None:
    before = await numbers(tmp_path / "cloud.db", 5_000)

    restored = await numbers(tmp_path / "older.db", 6_000)

    assert restored > before
