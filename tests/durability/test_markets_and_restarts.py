"""A cloud that is started again: changes of countries stay, and its market must fit the stored services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich_cloud import TOPICS, run_history, running

from hubsim_cloud.domain.commands import EnrollAsDealer, SetCountryServices
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market, PackageTerms
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.domain.types import OPERATOR
from hubsim_cloud.world.world import CloudWorld, WorldPlan
from hubsim_contract.mqtt.port import PortEffect
from hubsim_storage.errors import StoreError

GOLD = PackageTerms(name="Gold", fee_cents=900, currency="PLN")


class NoPort:
    """A port without a broker."""

    def perform(self, effect: PortEffect) -> None:
        """Do nothing."""

    def sever(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""


@asynccontextmanager
async def opened(path: Path, market: Market) -> AsyncIterator[CloudWorld]:
    """Open the database as a server does."""

    def open_port(_deliver: object) -> NoPort:
        return NoPort()

    world = await CloudWorld.open(WorldPlan(prefix=TOPICS.prefix, market=market), path, open_port)
    try:
        yield world
    finally:
        await world.close()


async def test_a_country_without_the_services_stays_so_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with running(path) as cloud:
        await run_history(cloud)
        await cloud.does(OPERATOR, SetCountryServices(country="PL", services=False))
        late = await cloud.company("nina")

    async with running(path) as cloud:
        refusal = await cloud.service.command(late, EnrollAsDealer(registration_number="1"))

    assert isinstance(refusal, Refusal)
    assert refusal.name is RefusalName.COUNTRY_NOT_SUPPORTED


async def test_a_server_does_not_start_without_the_package_of_services_that_are_not_invoiced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cloud.db"
    async with running(path) as cloud:
        await run_history(cloud)

    with pytest.raises(StoreError, match=r"cloud\.db: months of the package 'ajax-sim' are not invoiced yet"):
        async with opened(path, Market(packages={"gold": GOLD})):
            pass
    async with opened(path, Market(packages={"gold": GOLD, "ajax-sim": GOLD})) as world:
        assert world.service.engine.state.market.packages["ajax-sim"] == GOLD
    async with opened(path, DEFAULT_MARKET) as world:
        assert world.service.engine.anew().state.market == DEFAULT_MARKET
