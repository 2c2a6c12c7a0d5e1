"""A storm of all disruptions for a given time (`make storm MINUTES=10`); without a time, each one once."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from storm_checks import (
    check_converged,
    check_facts,
    check_histories,
    check_hub_histories,
    check_sent_again,
    check_versions,
    facts_of_users,
    stored,
)
from storm_disruptions import KINDS_OF, Disruptions, Figures, Running
from storm_line import line_to
from storm_site import opened
from storm_users import Users, new_rng

pytestmark = [pytest.mark.live, pytest.mark.mosquitto]
HUBS = [f"F000000{number}" for number in range(1, 7)]
MINUTES = float(os.environ.get("HUBSIM_TEST_STORM_MINUTES", "0"))


@pytest.fixture
def figures() -> Iterator[Figures]:
    """Print the figures at the end, also those of a storm that fails."""
    figures = Figures()
    yield figures
    print(f"\n{figures}")  # noqa: T201 (for a person who runs `make storm`)


async def storm(folder: Path, broker: str, rng: Random, until_s: float, figures: Figures) -> None:
    """Play at least one round of disruptions; check the state after each round, and all facts at the end."""
    async with opened(folder, broker) as site:
        processes = await site.broker(), await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))
            disruptions = Disruptions(site, line, rng, figures, HUBS, Running(*processes, cloud))
            while True:
                await users.act_during(lambda: disruptions.all_once(KINDS_OF[broker]))
                await check_sent_again(line, users.record, rng)
                await check_converged(line, HUBS)
                if time.monotonic() > until_s:
                    break
            await check_histories(line, users.record)
            await check_hub_histories(line, users)
            setups = (await line.lab("GET", "/hubs"))["hubs"]
        disruptions.cloud.terminate()
        assert await disruptions.cloud.end() == 0
        found = await stored(site.state)
    figures.compare(users.record.facts(), facts_of_users(found.facts))
    check_facts(found.facts, users.record)
    check_versions(found.engine, setups)


async def test_no_disruption_loses_or_doubles_a_command_and_all_parts_agree_afterwards(
    tmp_path_factory: pytest.TempPathFactory, figures: Figures
) -> None:
    rng, half_s = new_rng(), MINUTES * 60 / len(KINDS_OF)

    for broker in KINDS_OF:
        await storm(tmp_path_factory.mktemp(broker), broker, rng, time.monotonic() + half_s, figures)

    assert (figures.lost, figures.doubled) == (0, 0)
    assert figures.full_disks >= len(KINDS_OF)
    assert figures.kills >= sum("kill" in kind.__name__ for kinds in KINDS_OF.values() for kind in kinds)
