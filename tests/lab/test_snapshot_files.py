"""A snapshot as a file: a world continues at another server, and a bad file changes nothing there."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from busy_world import busy_world, snapshot
from lab_play import HUB, OTHER, PASSWORD, Json, LabWorld, Person, setup
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

pytestmark = pytest.mark.live

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Server]:
    """Another server, which takes only small requests."""
    async with serving(server_settings(tmp_path / "elsewhere", body_limit_bytes=1_024)) as running:
        yield running


async def save(world: LabWorld, name: str = "half-way", **options: str) -> bytes:
    """Save a world, and return the file of the snapshot."""
    await world.send("POST", "/lab/snapshots", {"name": name})
    answer = await world.client.get(f"/lab/snapshots/{name}/file", params=options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.hubsim"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content


async def put_file(server: Server, name: str, content: bytes) -> Json:
    """Create a snapshot from a file, as `curl -T` does."""
    answer = await server.client.put(f"/lab/snapshots/{name}/file", content=content)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def act_as(world: LabWorld, email: str, company: str) -> Person:
    """Return a person of the world by the lab, without a password."""
    order = {"client": "pro_desktop", "company": company}
    session = await world.send("POST", f"/lab/people/{email}/session", order)
    return Person(world, session["token"], company)


async def second_half(world: LabWorld, dealer: Person) -> Json:
    """Play the rest of a journey: a service is resumed, a month ends, a hub fails; return all views."""
    await dealer.send("POST", f"/hubs/{OTHER}/resumption", {})
    await world.settle()
    await world.act(HUB, "unplug", link="ethernet")
    await world.advance(by="P40D")
    await dealer.send("POST", f"/hubs/{HUB}/stop", {})
    await world.advance(by="PT1H")
    return await snapshot(world)


async def test_a_journey_continues_at_another_server_with_the_same_outcome(
    world: LabWorld, elsewhere: Server
) -> None:
    dealer = await busy_world(world)
    await world.inject("drop", message="orders", hub=HUB)
    await world.inject("drop", message="confirmations", hub=HUB, count=2)
    await world.inject("fail_orders", hub=OTHER, count=1)
    content, before = await save(world), await snapshot(world)
    armed = await world.get("/faults")

    row = await put_file(elsewhere, "from-file", content)
    there = await LabWorld(elsewhere.client).open("there", snapshot="from-file")

    assert (row["name"], row["world"], row["world_ms"]) == ("from-file", world.name, before["clock"])
    assert await snapshot(there) == before
    assert await there.get("/faults") == armed
    assert len(armed["faults"]) == 3
    there_dealer = await act_as(there, "olga@example.com", dealer.company)
    outcomes = await asyncio.gather(second_half(world, dealer), second_half(there, there_dealer))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] != before
    assert await there.get("/faults") == await world.get("/faults")


async def test_a_restored_world_has_the_faults_that_were_armed(world: LabWorld) -> None:
    await world.put(setup(HUB))
    await world.inject("drop", message="desired", hub=HUB, count=2)
    await world.inject("duplicate", message="confirmations", count=5)
    await world.send("POST", "/lab/snapshots", {"name": "armed"})
    armed = await world.get("/faults")
    for fault in armed["faults"]:
        await world.send("DELETE", f"/lab/faults/{fault['id']}")

    await world.send("POST", "/lab/snapshots/armed/restore")

    assert await world.get("/faults") == armed
    for fault in armed["faults"]:
        await world.send("DELETE", f"/lab/faults/{fault['id']}")
    assert await world.get("/faults") == {"faults": []}


async def test_the_main_world_of_another_server_can_be_restored_from_a_file(
    world: LabWorld, elsewhere: Server
) -> None:
    await busy_world(world)
    content, before = await save(world), await snapshot(world)
    await put_file(elsewhere, "half-way", content)
    main = LabWorld(elsewhere.client)
    await main.send("PUT", "/lab/clock", {"held": True})

    await main.send("POST", "/lab/snapshots/half-way/restore")

    assert await snapshot(main) == before


async def test_a_file_has_no_secrets_and_passwords_only_if_asked(
    world: LabWorld, server: Server, elsewhere: Server
) -> None:
    dealer = await world.dealer_with_hub()
    token = server.host.worlds[world.name].plan.operator_token
    assert token is not None
    content, with_passwords = await save(world), await save(world, "too", passwords="true")
    credentials = {"email": "olga@example.com", "password": PASSWORD, "app": "pro_desktop"}

    signed_in = []
    for name, file in (("without", content), ("with", with_passwords)):
        await put_file(elsewhere, name, file)
        there = await LabWorld(elsewhere.client).open(snapshot=name)
        signed_in.append((await there.call("POST", "/v1/sessions", credentials)).status_code)
        assert (await there.call("GET", "/v1/session", token=dealer.token)).status_code == 401
        assert (await act_as(there, "olga@example.com", dealer.company)).token

    assert signed_in == [401, 201]
    assert b"$argon2id$" not in gzip.decompress(content)
    assert b"$argon2id$" in gzip.decompress(with_passwords)
    for file in map(gzip.decompress, (content, with_passwords)):
        for secret in (OPERATOR_TOKEN, token, dealer.token, PASSWORD):
            assert secret.encode() not in file


@pytest.mark.parametrize("kept_bytes", [0, 1, 20, -1])
async def test_a_bad_file_is_refused_and_changes_nothing(
    world: LabWorld, elsewhere: Server, kept_bytes: int
) -> None:
    content = (await save(world))[:kept_bytes]

    answer = await elsewhere.client.put("/lab/snapshots/bad/file", content=content, headers=OCTETS)

    assert (answer.status_code, answer.json()["facts"]["reason"]) == (409, "bad_snapshot_file")
    assert answer.json()["detail"].startswith("the file cannot be opened: it is")
    assert (await LabWorld(elsewhere.client).get("/snapshots")) == {"snapshots": []}
    assert list((elsewhere.settings.state / "snapshots").iterdir()) == []


async def test_a_file_does_not_replace_a_snapshot(world: LabWorld, elsewhere: Server) -> None:
    content = await save(world)
    await put_file(elsewhere, "one", content)
    kept = await LabWorld(elsewhere.client).get("/snapshots")

    again = await elsewhere.client.put("/lab/snapshots/one/file", content=content)
    hidden = await elsewhere.client.put("/lab/snapshots/.one/file", content=content)
    as_json = await elsewhere.client.put("/lab/snapshots/two/file", json={"name": "two"})

    assert again.json()["facts"]["reason"] == "snapshot_exists"
    assert hidden.json()["facts"]["reason"] == "bad_name"
    assert as_json.status_code == 415
    assert await LabWorld(elsewhere.client).get("/snapshots") == kept


async def test_only_the_route_of_files_takes_large_requests(elsewhere: Server) -> None:
    body = b"x" * 2_000

    answers = [
        (await elsewhere.client.request(method, path, content=body, headers=OCTETS)).status_code
        for method, path in [
            ("PUT", "/lab/snapshots/big/file"),
            ("PUT", "/worlds/nowhere/lab/snapshots/big/file"),
            ("POST", "/lab/snapshots/big/file"),
            ("PUT", "/lab/clock"),
            ("POST", "/lab/snapshots"),
        ]
    ]

    assert answers == [409, 404, 413, 413, 413]


async def test_a_snapshot_that_is_not_there_has_no_file(world: LabWorld) -> None:
    await save(world)

    assert await world.refused("GET", "/snapshots/other/file") == (404, "not_on_bench", "no_such_snapshot")
    asked = await world.call("GET", "/lab/snapshots/half-way/file?passwords=maybe")
    unknown = await world.call("GET", "/lab/snapshots/half-way/file?password=true")
    assert (asked.status_code, unknown.status_code) == (422, 422)
    assert "passwords" in unknown.json()["detail"]


async def test_a_file_is_complete_although_its_snapshot_is_removed_meanwhile(world: LabWorld) -> None:
    content = await save(world)

    async with AsyncExitStack() as stack:
        answer = await stack.enter_async_context(world.client.stream("GET", "/lab/snapshots/half-way/file"))
        await world.send("DELETE", "/lab/snapshots/half-way")
        received = await answer.aread()

    assert gzip.decompress(received).split(b"\n")[0] == gzip.decompress(content).split(b"\n")[0]


async def test_a_page_of_another_site_gets_and_sends_no_file(world: LabWorld) -> None:
    await save(world)
    headers = {"Origin": "https://page.example"}

    answers = [
        await world.client.get("/lab/snapshots/half-way/file", headers=headers),
        await world.client.put("/lab/snapshots/two/file", headers=headers, content=b"x"),
    ]

    assert {answer.json()["facts"]["reason"] for answer in answers} == {"from_elsewhere"}
