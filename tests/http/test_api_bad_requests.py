"""Invalid requests are refused with a problem that has the place and the mistake, and change nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_world import CHEAP, HUB, NINE_MS, Api, Caller, problem_of, served
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import read_body
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def sent(caller: Caller, content: bytes, kind: str = "application/json") -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": kind}
    return await caller.client.post("/v1/company/employees", content=content, headers=headers)


@pytest.mark.parametrize(
    ("content", "name", "pointer"),
    [
        (b"", "invalid_request", "/email"),
        (b"{}", "invalid_request", "/email"),
        (b"{", "malformed_body", None),
        (b'{"email": "a@example.com" "role"}', "malformed_body", None),
        (b'{"email": "\xff"}', "malformed_body", None),
        (b'{"email": "\\ud800"}', "malformed_body", None),
        (b"\xef\xbb\xbf{}", "malformed_body", None),
        (b"null", "invalid_request", ""),
        (b"[]", "invalid_request", ""),
        (b'{"email": 1, "role": "installer"}', "invalid_request", "/email"),
        (b'{"email": "a@example.com", "role": "owner"}', "invalid_request", "/role"),
        (b'{"email": "a@example.com", "rol": "installer"}', "invalid_request", "/rol"),
        (b'{"email": "a@example.com", "role": "installer", "a/b~c": 1}', "invalid_request", "/a~1b~0c"),
        (b'{"email": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "invalid_request", None),
        (b'{"x": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", "invalid_request", None),
    ],
)
async def test_a_body_must_be_json_of_the_right_type(
    api: Api, content: bytes, name: str, pointer: str | None
) -> None:
    olga = await api.owner("olga")

    answer = await sent(olga, content)

    problem = problem_of(answer)
    assert problem["name"] == name
    assert answer.status_code == (400 if name == "malformed_body" else 422)
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer


async def test_an_unknown_field_is_reported_with_a_similar_one(api: Api) -> None:
    olga = await api.owner("olga")

    answer = await sent(olga, b'{"e_mail": "a@example.com", "role": "installer"}')

    assert problem_of(answer)["errors"] == [
        {"pointer": "/e_mail", "what": "unknown field; did you mean email?"}
    ]


async def test_deeply_nested_json_is_refused_in_every_reader(api: Api) -> None:
    olga = await api.dealer_with_hub()
    headers = {"Authorization": f"Bearer {olga.token}", "Content-Type": "application/json"}

    for path in ("/v1/sessions", "/v1/accounts", "/v1/objects", f"/v1/hubs/{HUB}/activation"):
        for content in (b"[" * 60_000, b'{"name":' * 7_000, b'{"email":' + b"[" * 50_000):
            answer = await api.client.post(path, content=content, headers=headers)
            assert problem_of(answer)["status"] in {400, 422}


async def test_a_body_of_another_media_type_is_refused(api: Api) -> None:
    olga = await api.owner("olga")

    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        answer = await sent(olga, b"{}", kind)
        assert answer.status_code == 415
        assert problem_of(answer)["name"] == "unsupported_media_type"
    assert (await sent(olga, b"{}", "Application/JSON; charset=utf-8")).status_code == 422


async def test_an_oversized_body_is_refused_declared_or_not(tmp_path: Path) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000

    async with served(tmp_path / "cloud.db", HttpSettings(body_limit_bytes=1_024, hashing=CHEAP)) as api:
        olga = await api.owner("olga")
        declared = await sent(olga, b" " * 1_025)
        undeclared = await api.client.post(
            "/v1/objects",
            content=in_pieces(),
            headers={"Authorization": f"Bearer {olga.token}", "Content-Type": "application/json"},
        )
        unread = await api.client.request("GET", "/v1/session", content=b" " * 1_025)
        largest = await sent(olga, b"{}" + b" " * 1_022)

    for answer in (declared, undeclared, unread):
        assert answer.status_code == 413
        assert problem_of(answer)["name"] == "payload_too_large"
    assert largest.status_code == 422


async def test_unknown_and_repeated_parameters_are_refused(api: Api) -> None:
    olga = await api.dealer()

    unknown = problem_of(await olga.call("GET", "/resellers?country=PL&cuntry=PL"))
    doubled = problem_of(await olga.call("GET", "/resellers?country=PL&country=DE"))
    missing = problem_of(await olga.call("GET", "/resellers"))
    of_a_command = problem_of(await olga.call("POST", "/objects?name=Villa", {"name": "Villa"}))

    assert unknown["errors"][0] == {
        "pointer": "?cuntry",
        "what": "unknown parameter; did you mean country?",
    }
    assert doubled["errors"][0]["pointer"] == "?country"
    assert missing["errors"][0] == {"pointer": "?country", "what": "the field is missing"}
    assert of_a_command["errors"][0]["pointer"] == "?name"


async def test_unknown_paths_methods_and_worlds_are_problems(api: Api) -> None:
    not_found = await api.client.get("/v1/nothing")
    slash = await api.client.get("/v1/company/")
    method = await api.client.request("TRACE", "/v1/company")
    document = await api.client.post("/openapi.json")
    world = await api.client.get("/worlds/atlantis/v1/company")

    assert problem_of(not_found)["name"] == problem_of(slash)["name"] == "not_found"
    assert problem_of(method)["name"] == problem_of(document)["name"] == "method_not_allowed"
    assert method.headers["allow"] == "DELETE, GET, HEAD"
    assert problem_of(world)["name"] == "world_not_found"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic b2xnYTp4", "Bearer a b", "bearer \xff"]
)
async def test_only_the_token_of_a_session_is_accepted(api: Api, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}

    answer = await api.client.get("/v1/session", headers=headers)  # type: ignore[arg-type]

    assert problem_of(answer)["name"] == "not_signed_in"


async def test_the_scheme_of_a_token_is_case_insensitive(api: Api) -> None:
    olga = await api.person("olga")

    answer = await api.client.get("/v1/session", headers={"Authorization": f"bEARER {olga.token}"})

    assert answer.status_code == 200


async def test_a_path_may_have_any_characters(api: Api) -> None:
    olga = await api.owner("olga")

    for text in ("%00", "%0A", "%FF", "%F0%9F%98%80", "a%20b", "..%5C", "'--"):
        assert await olga.refused("GET", f"/hubs/{text}") == "invalid_hub_id"
        assert await olga.refused("GET", f"/objects/{text}/hubs") == "object_not_found"


async def test_system_routes_have_the_limits_problems_and_documentation_of_the_api(tmp_path: Path) -> None:
    async def take(request: Request, world: ServedWorld) -> Response:
        return json_answer({"bytes": len(await read_body(request)), "at_ms": world.clock.world_ms()})

    extra_route = SystemRoute(method="POST", path="/extra/{name}", handler=take, tag="Extra")
    limited = HttpSettings(body_limit_bytes=1_024, hashing=CHEAP)
    async with served(tmp_path / "cloud.db", limited, extra=(extra_route,)) as api:
        good = await api.client.post("/extra/a", json={"size": 1})
        large = await api.client.post("/extra/a", content=b" " * 2_000)
        method = await api.client.get("/extra/a")
        document = (await api.client.get("/openapi.json")).json()

    assert good.json() == {"bytes": 10, "at_ms": NINE_MS}
    assert problem_of(large)["name"] == "payload_too_large"
    assert problem_of(method)["name"] == "method_not_allowed"
    assert {"/extra/{name}", "/v1/objects"} <= document["paths"].keys()


async def test_a_bug_is_counted_and_its_text_is_not_sent(tmp_path: Path) -> None:
    async def fail(_request: Request, _world: ServedWorld) -> Response:
        raise RuntimeError("a secret of the inside")

    extra_route = SystemRoute(method="GET", path="/broken", handler=fail, tag="Extra")
    async with served(tmp_path / "cloud.db", extra=(extra_route,)) as api:
        transport = httpx.ASGITransport(api.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as client:
            answer = await client.get("/broken")
        metrics = (await api.client.get("/metrics")).text

    assert answer.status_code == 500
    assert problem_of(answer)["name"] == "internal_error"
    assert "secret" not in answer.text
    assert 'hubsim_cloud_http_requests_total{method="GET",route="/broken",status="500"} 1.0' in metrics
