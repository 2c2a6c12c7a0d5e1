"""kill -9 of the cloud in a storm of commands: each acknowledged command takes effect exactly once."""

from pathlib import Path

import pytest
from storm_checks import (
    check_converged,
    check_facts,
    check_histories,
    check_hub_histories,
    check_invoices,
    check_sent_again,
    check_versions,
    pass_two_month_ends,
    stored,
)
from storm_line import line_to
from storm_site import opened
from storm_users import Users, new_rng

pytestmark = pytest.mark.live
HUBS = [f"F000000{number}" for number in range(1, 7)]


@pytest.mark.parametrize(
    ("broker", "kills"), [("embedded", 4), pytest.param("mosquitto", 2, marks=pytest.mark.mosquitto)]
)
async def test_a_cloud_killed_at_random_moments_loses_and_duplicates_nothing_and_converges(
    tmp_path: Path, broker: str, kills: int
) -> None:
    rng = new_rng()
    async with opened(tmp_path, broker) as site:
        await site.broker()
        await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))

            async def kill_repeatedly() -> None:
                nonlocal cloud
                for _ in range(kills):
                    await line.answered(rng.randint(1, 150))
                    line.leave()
                    await cloud.kill()
                    cloud, url = await site.cloud()
                    line.arrive(url)
                await line.answered(50)

            await users.act_during(kill_repeatedly)
            await check_sent_again(line, users.record, rng)
            await check_histories(line, users.record)
            await check_hub_histories(line, users)
            await check_converged(line, HUBS)
            await pass_two_month_ends(line)
            await check_converged(line, HUBS)
            setups = (await line.lab("GET", "/hubs"))["hubs"]
            invoices = (await line.lab("GET", "/invoices"))["invoices"]
        cloud.terminate()
        assert await cloud.end() == 0
        found = await stored(site.state)
    check_facts(found.facts, users.record)
    check_versions(found.engine, setups)
    check_invoices(found.facts, invoices)
