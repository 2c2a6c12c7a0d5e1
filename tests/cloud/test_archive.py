"""The index of the log: after any earlier queries it gives the same histories as a new index."""

import shutil
from pathlib import Path

import pytest

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.service.store import Store

KEPT = Path(__file__).parents[1] / "fixtures" / "cloud-schema-1.db"


@pytest.fixture
async def facts(tmp_path: Path) -> FactLog:
    """A history with Dealers, a Reseller, hubs that moved, services and invoices."""
    shutil.copy(KEPT, tmp_path / "cloud.db")
    store = await Store.open(tmp_path / "cloud.db")
    try:
        return (await store.load()).facts
    finally:
        await store.close()


def all_histories(archive: Archive, facts: FactLog) -> dict[str, list[Fact]]:
    """Return the histories of all companies and hubs."""
    companies = {fact.company for fact in facts if hasattr(fact, "company")}
    hubs = {fact.hub for fact in facts if hasattr(fact, "hub")}
    found = {company: list(archive.of_company(company)) for company in companies}
    return found | {
        f"{hub} of {company}": list(archive.of_hub(hub, company)) for hub in hubs for company in companies
    }


async def test_an_index_that_was_extended_equals_a_new_one(facts: FactLog) -> None:
    log = FactLog()
    followed = Archive(log)
    for fact in facts:
        log.extend([fact])
        followed.of_company("company-1")

    assert all_histories(followed, facts) == all_histories(Archive(facts), facts)
    assert any(all_histories(followed, facts).values())


@pytest.mark.parametrize("most", [1, 2, 7])
async def test_an_index_that_is_built_in_parts_equals_one_that_is_built_at_once(
    facts: FactLog, most: int
) -> None:
    archive = Archive(facts)

    parts = 1
    while not archive.extend(most):
        parts += 1

    assert parts == -(-len(facts) // most)
    assert all_histories(archive, facts) == all_histories(Archive(facts), facts)


async def test_a_history_has_facts_in_the_order_of_the_log(facts: FactLog) -> None:
    for history in all_histories(Archive(facts), facts).values():
        places = [facts.index(fact) for fact in history]
        assert places == sorted(places)


async def test_the_whole_history_of_a_hub_has_those_of_all_companies(facts: FactLog) -> None:
    archive = Archive(facts)
    companies = {fact.company for fact in facts if hasattr(fact, "company")}

    for hub in {fact.hub for fact in facts if hasattr(fact, "hub")}:
        whole = list(archive.all_of_hub(hub))
        assert whole
        for company in companies:
            assert all(fact in whole for fact in archive.of_hub(hub, company))
