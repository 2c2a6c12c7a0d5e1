"""The API for operators: health, metrics, the OpenAPI document, other worlds, storage errors."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import tzdata
from api_world import HOST_MS, HUB, Api, Caller, open_world, problem_of, served
from event_reader import watching

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.http.problems import ProblemName


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def test_a_cloud_that_waits_for_something_is_live_but_not_ready(api: Api) -> None:
    ready = await api.client.get("/health/ready")
    api.world.awaited = ["the broker"]
    waiting = await api.client.get("/health/ready")
    live = await api.client.get("/health/live")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "awaited": []})
    assert (waiting.status_code, waiting.json()) == (503, {"ready": False, "awaited": ["the broker"]})
    assert (live.status_code, live.json()) == (200, {"live": True, "zone_rules": tzdata.IANA_VERSION})


async def test_metrics_count_requests_commands_and_facts(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k")
    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k")
    await olga.refused("POST", "/objects", {"name": " "})
    await olga.refused("GET", "/hubs/FFFFFFFF")
    await api.client.get("/made/up/path")
    await api.client.request("MADEUP", "/v1/company")
    async with watching(api, olga):
        metrics = (await api.client.get("/metrics")).text

    for line in (
        'hubsim_cloud_commands_total{command="create_object",outcome="accepted"} 2.0',
        'hubsim_cloud_commands_total{command="create_object",outcome="replayed"} 1.0',
        'hubsim_cloud_commands_total{command="create_object",outcome="information_missing"} 1.0',
        'hubsim_cloud_commands_total{command="sign_up",outcome="accepted"} 2.0',
        'hubsim_cloud_http_requests_total{method="GET",route="/v1/hubs/{hub}",status="404"} 1.0',
        'hubsim_cloud_http_requests_total{method="GET",route="other",status="404"} 1.0',
        'hubsim_cloud_http_requests_total{method="other",route="/v1/company",status="405"} 1.0',
        "hubsim_cloud_hubs_online 1.0",
        "hubsim_cloud_sessions 2.0",
        "hubsim_cloud_streams 1.0",
        "hubsim_cloud_queue_depth 0.0",
    ):
        assert line in metrics
    facts = len(api.world.service.engine.log)
    assert f"hubsim_cloud_facts_total {float(facts)}" in metrics


async def test_an_event_stream_does_not_count_as_a_slow_request(api: Api) -> None:
    olga = await api.dealer()
    async with watching(api, olga) as reader:
        reader.leave()
        await reader.until_ended()

    metrics = (await api.client.get("/metrics")).text

    assert 'hubsim_cloud_http_requests_total{method="GET",route="/v1/events",status="200"} 1.0' in metrics
    assert 'hubsim_cloud_http_request_seconds_count{method="GET",route="/v1/events"}' not in metrics


async def test_the_type_of_every_problem_links_to_its_explanation(api: Api) -> None:
    for name in (*RefusalName, *ProblemName):
        answer = await api.client.get(f"/problems/{name}")
        page = await api.client.get(f"/problems/{name}", headers={"Accept": "text/html"})
        assert answer.json()["name"] == name
        assert answer.json()["text"]
        assert page.headers["content-type"].startswith("text/html")
        assert name.value in page.text
    assert problem_of(await api.client.get("/problems/bad_weather"))["name"] == "not_found"


async def test_every_world_has_the_same_api_and_separate_data(api: Api, tmp_path: Path) -> None:
    lab = await open_world(tmp_path / "lab.db", lambda: HOST_MS)
    lab.name = "lab-1"
    running = asyncio.create_task(lab.service.run())
    api.worlds.worlds["lab-1"] = lab
    try:
        olga = await api.owner("olga")
        there = Caller(api.client, olga.token)
        signed_up = await api.client.post(
            "/worlds/lab-1/v1/accounts", json={"email": "a@example.com", "name": "A", "password": "12345678"}
        )
        elsewhere = await there.client.get(
            "/worlds/lab-1/v1/session", headers={"Authorization": f"Bearer {olga.token}"}
        )
        document = (await api.client.get("/worlds/lab-1/openapi.json")).json()
        bare = await api.client.get("/worlds/lab-1")
    finally:
        running.cancel()
        await asyncio.wait({running})
        await lab.store.close()

    assert signed_up.json() == {"person": "person-1"}
    assert problem_of(elsewhere)["name"] == "not_signed_in"
    assert document["servers"] == [{"url": "/worlds/lab-1"}]
    assert problem_of(bare)["name"] == "not_found"


async def test_with_a_full_disk_commands_fail_with_retry_after_and_queries_work(
    api: Api,
) -> None:
    olga = await api.dealer_with_hub()
    ((pages,),) = await api.world.store.database.connection.execute_fetchall("PRAGMA page_count")
    await api.world.store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    names = (f"Object {number}" for number in range(1_000))
    answer = await olga.call("POST", "/objects", {"name": next(names)})
    while answer.is_success:
        answer = await olga.call("POST", "/objects", {"name": next(names) + "x" * 150})

    problem = problem_of(answer)
    hub = await olga.get(f"/hubs/{HUB}")
    sign_in = await api.anonymous.refused(
        "POST", "/sessions", {"email": "olga@example.com", "password": "x" * 9, "app": "pro_app"}
    )
    sign_out = await olga.refused("DELETE", "/session")
    still = await olga.get("/session")
    await api.world.store.database.connection.execute("PRAGMA max_page_count = 1073741823")
    again = await olga.call("POST", "/objects", {"name": "Villa"})

    assert (answer.status_code, problem["name"]) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "cloud.db" not in answer.text
    assert hub["hub"] == HUB
    assert sign_in == "wrong_credentials"
    assert sign_out == "storage_unavailable"
    assert still["person"] == olga.person
    assert again.status_code == 201


async def test_a_stopped_cloud_responds_with_stopping(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.owner("olga")
        api.running.cancel()
        await asyncio.wait({api.running})

        assert await olga.refused("POST", "/objects", {"name": "Villa"}) == "stopping"
        assert await olga.refused("GET", "/objects") == "stopping"
