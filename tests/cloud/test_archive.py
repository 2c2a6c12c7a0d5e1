"""The index of the log: whatever was asked before, it shows what a reading of the whole log shows."""

import shutil
from pathlib import Path

import pytest

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.service.store import Store

KEPT = Path(__file__).parents[1] / "fixtures" / "cloud-schema-1.db"


@pytest.fixture
async def facts(tmp_path: Path) -> list[Fact]:
    """A rich history: Dealers, a Reseller, hubs that moved, services, invoices."""
    shutil.copy(KEPT, tmp_path / "cloud.db")
    store = await Store.open(tmp_path / "cloud.db")
    try:
        return (await store.load()).facts
    finally:
        await store.close()


def shown(archive: Archive, facts: list[Fact]) -> dict[str, list[Fact]]:
    """Return every history that there is."""
    companies = {fact.company for fact in facts if hasattr(fact, "company")}
    hubs = {fact.hub for fact in facts if hasattr(fact, "hub")}
    found = {company: archive.of_company(company) for company in companies}
    return found | {
        f"{hub} of {company}": archive.of_hub(hub, company) for hub in hubs for company in companies
    }


async def test_an_index_that_was_asked_in_between_shows_what_a_new_one_shows(facts: list[Fact]) -> None:
    log: list[Fact] = []
    followed = Archive(log)
    for fact in facts:
        log.append(fact)
        followed.of_company("company-1")

    assert shown(followed, facts) == shown(Archive(facts), facts)
    assert any(shown(followed, facts).values())


async def test_a_history_holds_facts_in_the_order_of_the_log(facts: list[Fact]) -> None:
    for history in shown(Archive(facts), facts).values():
        places = [facts.index(fact) for fact in history]
        assert places == sorted(places)
