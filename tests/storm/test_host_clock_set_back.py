"""A host clock that is set back between two runs: world time continues, expired sessions stay expired."""

from pathlib import Path

import pytest
from storm_checks import check_facts, check_histories, stored
from storm_line import Line, line_to, signed_in
from storm_site import Site, opened
from storm_users import Users, new_rng

pytestmark = pytest.mark.live
HOUR_MS = 3_600_000
HUBS = ["F0000001", "F0000002"]


async def world_ms(line: Line) -> int:
    """Return the world time."""
    at_ms: int = (await line.lab("GET", "/clock"))["world_ms"]
    return at_ms


async def test_the_world_clock_never_moves_back_and_follows_the_host_again_once_it_is_ahead(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as site:
        await site.broker()
        cloud, url = await site.cloud(ahead_ms=2 * HOUR_MS)
        async with line_to(url) as line:
            users = await Users.assemble(line, new_rng(), list(HUBS))
            begun_ms = await world_ms(line)
            await cloud.kill()
            cloud, url = await site.cloud()
            line.arrive(url)
            set_back_ms = await world_ms(line)
            await users.act_during(lambda: line.answered(100))
            await check_histories(line, users.record)
            await cloud.kill()
            cloud, url = await site.cloud(ahead_ms=3 * HOUR_MS)
            line.arrive(url)
            corrected_ms = await world_ms(line)
        await cloud.kill()
        kept = await stored(site.state)
    check_facts(kept.facts, users.record)
    assert 0 <= set_back_ms - begun_ms < HOUR_MS // 2
    assert HOUR_MS // 2 < corrected_ms - begun_ms < HOUR_MS * 3 // 2


async def restarted(site: Site, line: Line, ahead_ms: int) -> None:
    """Kill the running cloud, and start one with a different host clock."""
    await site.last.kill()
    _, url = await site.cloud("--session-hours", "1", ahead_ms=ahead_ms)
    line.arrive(url)


async def test_an_expired_session_stays_expired_and_a_valid_one_stays_valid(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        await site.broker()
        _, url = await site.cloud("--session-hours", "1")
        async with line_to(url) as line:
            rita = (await Users.assemble(line, new_rng(), list(HUBS))).reseller
            seen = [(await rita.query("/session")).status_code]
            await restarted(site, line, 2 * HOUR_MS)
            seen.append((await rita.query("/session")).status_code)
            await restarted(site, line, 0)
            seen.append((await rita.query("/session")).status_code)
            again = await signed_in(line, "rita@example.com")
            seen.append((await again.query("/session")).status_code)
            await restarted(site, line, -2 * HOUR_MS)
            seen.append((await again.query("/session")).status_code)
            await restarted(site, line, 4 * HOUR_MS)
            seen.append((await again.query("/session")).status_code)
    assert seen == [200, 401, 401, 200, 200, 401]
