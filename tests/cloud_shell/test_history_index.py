"""The index of the histories: a long log is indexed in parts, between which others are served."""

import asyncio

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import CompanyCreated, ObjectCreated
from hubsim_cloud.domain.queries import CompanyHistory, DeviceList, HubHistory
from hubsim_cloud.service.history_index import FACTS_AT_ONCE, index_for

OBJECTS = 10 * FACTS_AT_ONCE


def long_log() -> FactLog:
    company = CompanyCreated(at_ms=0, company="c", name="c", country="PL", owner="p", zone="Europe/Warsaw")
    objects = (
        ObjectCreated(at_ms=1, object=f"o{number}", company="c", name="o") for number in range(OBJECTS)
    )
    return FactLog(recent=[company, *objects])


async def test_others_are_served_while_a_history_is_indexed() -> None:
    archive, served = Archive(long_log()), 0
    indexing = asyncio.ensure_future(index_for(CompanyHistory(), archive))

    while not indexing.done():
        await asyncio.sleep(0)
        served += 1

    assert served >= OBJECTS // FACTS_AT_ONCE
    assert len(archive.of_company("c")) == OBJECTS + 1


async def test_only_histories_need_the_index() -> None:
    archive = Archive(long_log())

    await index_for(DeviceList(object="o1"), archive)
    assert not archive.extend(1)
    await index_for(HubHistory(hub="0A1B2C3D"), archive)

    assert archive.extend(0)


async def test_two_histories_at_once_index_the_log_once() -> None:
    archive = Archive(long_log())

    await asyncio.gather(index_for(CompanyHistory(), archive), index_for(CompanyHistory(), archive))

    assert len(archive.of_company("c")) == OBJECTS + 1
