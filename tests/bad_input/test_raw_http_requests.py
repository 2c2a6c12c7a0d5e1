"""Requests that no client library can send: the server responds or disconnects, then serves the next."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from raw_client import RawClient
from raw_http import NOTHING, chunked, request, wire
from whole_server import PASSWORD, Caller, whole_server

pytestmark = pytest.mark.live
JSON = "Content-Type: application/json"
CLOSE = "Connection: close"
COMPANY = b'{"name": "Wolf Security", "country": "PL"}'
LIMIT = 65_536


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RawClient]:
    async with whole_server(tmp_path) as server:
        anonymous = server.anonymous()
        yield RawClient(server, await token_of(anonymous))


async def token_of(anonymous: Caller) -> str:
    credentials = {"email": "olga@example.com", "password": PASSWORD}
    await anonymous.do("POST", "/v1/accounts", {**credentials, "name": "Olga"})
    token: str = (await anonymous.do("POST", "/v1/sessions", {**credentials, "app": "pro_desktop"}))["token"]
    return token


NO_HTTP = (
    b"\x00\xff\xfe rubbish\r\n\r\n",
    bytes.fromhex("16030100a5010000a10303") + b"x" * 200 + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x10\x1f\x00\x04MQTT\x04\x02\x00\x3c\x00\x13" + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / FTP/1.1\r\n\r\n",
    request("GET", b"/v1/\xff\xfe"),
    request("GET", b"/v1/\x00"),
    request("GET", "health"),
    request("GET", "?"),
    request("CONNECT", "a:80"),
    request("BREW", "/v1/session"),
    request("GET", "/v1/session", b"X\xff: y"),
    request("GET", "/v1/session", b"X: \x00"),
    request("POST", "/v1/sessions", "Content-Length: -1"),
    request("POST", "/v1/sessions", "Content-Length: 1, 2"),
    request("POST", "/v1/sessions", "Content-Length: 1", "Content-Length: 2", body=b"{}"),
    request("POST", "/v1/sessions", "Content-Length: " + "9" * 6_000),
    request("POST", "/v1/sessions", "Content-Length: 2", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    request("POST", "/v1/sessions", "Transfer-Encoding: gzip", body=b"{}"),
    request("POST", "/v1/sessions", "Transfer-Encoding: chunked", body=b"zz\r\n"),
    request("POST", "/v1/sessions", "Transfer-Encoding: chunked", body=b"F" * 40 + b"\r\n"),
)


async def test_invalid_http_gets_400_and_the_connection_is_closed(client: RawClient) -> None:
    for rubbish in NO_HTTP:
        async with wire(client.port) as connection:
            await connection.send(rubbish)
            reply = await connection.reply()
            assert (rubbish, reply.status) == (rubbish, 400)
            assert await connection.rest() == b""

    await client.check_server()


async def test_old_and_unusual_requests_get_a_response(client: RawClient) -> None:
    live = "/health/live"

    for asked, status in (
        (b"GET /health/live HTTP/1.0\r\n\r\n", 200),
        (b"GET /health/live HTTP/1.1\r\n\r\n", 400),
        (request("GET", live, "Host: localhost"), 400),
        (request("GET", live).replace(b"Host: ", b"Host: user@"), 400),
        (request("GET", live).replace(b"Host: ", b"Host: page.example, "), 400),
        (b"GET /v1/session HTTP/1.1\r\nHost: page.example\r\n\r\n", 421),
        (request("GET", "http://elsewhere.test/health/live"), 200),
        (request("GET", live, "Upgrade: h2c", "Connection: Upgrade"), 200),
        (request("GET", "/v1/session", "Upgrade: websocket", "Connection: Upgrade"), 401),
        (request("OPTIONS", "*"), 404),
        (request("TRACE", "/v1/session"), 405),
        (request("PROPFIND", "/v1/session"), 405),
        (request("GET", "//v1//session"), 404),
        (request("GET", "/v1/../v1/session"), 404),
        (request("GET", "/v1/%2e%2e/session"), 404),
        (request("GET", "/worlds/%00/health/live"), 404),
        (request("GET", "/worlds//health/live"), 404),
        (request("GET", "/worlds/%2F/health/live"), 404),
        (request("GET", "/worlds/../health/live"), 404),
    ):
        reply = await client.ask(asked)
        assert (asked, reply.status) == (asked, status)

    await client.check_server()


PARTS = (
    "%00",
    "%ff",
    "%C3%28",
    "%2F",
    "%2e%2e",
    "%",
    "%zz",
    "%F0%9F%98%80",
    "+",
    "%23",
    "a" * 10_000,
    "%0d%0aX:%20y",
)


IN_PATHS = (
    ("GET", "/v1/hubs/{}"),
    ("POST", "/v1/hubs/{}/stop"),
    ("DELETE", "/v1/company/employees/{}"),
    ("GET", "/problems/{}"),
    ("GET", "/worlds/{}/v1/session"),
    ("GET", "/lab/hubs/{}"),
    ("POST", "/lab/hubs/{}/actions"),
    ("GET", "/lab/sims/{}"),
    ("GET", "/lab/mailboxes/{}"),
    ("POST", "/lab/snapshots/{}/restore"),
    ("DELETE", "/lab/snapshots/{}"),
    ("DELETE", "/lab/worlds/{}"),
)


async def test_a_part_of_a_path_may_be_anything(client: RawClient) -> None:
    for method, path in IN_PATHS:
        body = b'{"action": {"do": "restart"}}' if path.endswith("actions") else b""
        for part in PARTS:
            reply = await client.ask(request(method, path.format(part), JSON, client.bearer, body=body))
            assert reply.status in {200, 403, 404, 409}, (path, part[:60], reply)
            if reply.status != 200:
                assert reply.problem() != "internal_error"

    await client.check_server()


async def test_an_invalid_token_is_refused(client: RawClient) -> None:
    for header in (
        b"Authorization:",
        b"Authorization: Bearer",
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Bearer \xc3\xa9",
        b"Authorization: \xff",
        b"Authorization: Basic b2xnYTpvbGdh",
        b"Authorization: Bearer " + b"x" * 60_000,
        b"Authorization: Bearer null",
        b"Authorization: Bearer " + client.token.encode() + b"x",
        b"Authorization: " + client.token.encode(),
        b"Authorization: Basic x\r\n" + client.bearer.encode(),
    ):
        for path in ("/v1/session", "/v1/events", "/v1/mailbox"):
            reply = await client.ask(request("GET", path, header))
            assert (header[:60], reply.status, reply.problem()) == (header[:60], 401, "not_signed_in")

    await client.check_server()


async def test_invalid_headers_are_named(client: RawClient) -> None:
    for method, path, body, headers in (
        ("POST", "/v1/companies", COMPANY, (b"Idempotency-Key: \xff",)),
        ("POST", "/v1/companies", COMPANY, (b"Idempotency-Key:",)),
        ("POST", "/v1/companies", COMPANY, (b"Idempotency-Key: a b",)),
        ("POST", "/v1/companies", COMPANY, (b"Idempotency-Key: " + b"k" * 201,)),
        ("POST", "/v1/companies", COMPANY, (b"Idempotency-Key: a", b"Idempotency-Key: a")),
        ("POST", "/v1/companies", COMPANY, (b'If-Match: "1"',)),
        ("PUT", "/v1/company/billing-zone", b'{"zone": "Europe/Warsaw"}', (b"If-Match: \xff",)),
        ("PUT", "/v1/company/billing-zone", b'{"zone": "Europe/Warsaw"}', (b'If-Match: W/"1"',)),
        ("PUT", "/v1/company/billing-zone", b'{"zone": "Europe/Warsaw"}', (b'If-Match: "1", "2"',)),
        (
            "PUT",
            "/v1/company/billing-zone",
            b'{"zone": "Europe/Warsaw"}',
            (b'If-Match: "1"', b'If-Match: "1"'),
        ),
        (
            "PUT",
            "/v1/company/billing-zone",
            b'{"zone": "Europe/Warsaw"}',
            (b'If-Match: "' + b"9" * 60_000 + b'"',),
        ),
        ("GET", "/v1/events", b"", (b"Last-Event-ID: \xff",)),
        ("GET", "/v1/events", b"", (b"Last-Event-ID: -1",)),
        ("GET", "/v1/events", b"", (b"Last-Event-ID: 1e9",)),
        ("GET", "/v1/events", b"", (b"Last-Event-ID: " + b"9" * 60_000,)),
    ):
        reply = await client.ask(request(method, path, JSON, client.bearer, *headers, body=body))
        assert (headers[0][:60], reply.problem()) == (headers[0][:60], "malformed_header")

    await client.check_server()


async def test_invalid_query_strings_are_named(client: RawClient) -> None:
    for query, name in (
        ("limit=0", "invalid_request"),
        ("limit=201", "invalid_request"),
        ("limit=%D9%A1", "invalid_request"),
        ("limit=1&limit=1", "invalid_request"),
        ("limit=" + "9" * 50_000, "invalid_request"),
        ("=", "invalid_request"),
        ("%ff=1", "invalid_request"),
        ("%00", "invalid_request"),
        ("a" * 60_000, "invalid_request"),
        ("&".join(f"a{number}=1" for number in range(5_000)), "invalid_request"),
        ("page=", "bad_page_token"),
        ("page=%ff", "bad_page_token"),
        ("page=AAAA", "bad_page_token"),
        ("page=" + "A" * 50_000, "bad_page_token"),
    ):
        reply = await client.ask(request("GET", f"/v1/mailbox?{query}", client.bearer))
        assert (query[:60], reply.problem()) == (query[:60], name)

    await client.check_server()


BODIES = (
    (b'{"name": NaN, "country": "PL"}', 400),
    (b'{"name": "x", "country": "PL"', 400),
    (b'{"name": "\xff", "country": "PL"}', 400),
    (b'{"name": "\\ud800", "country": "PL"}', 400),
    (COMPANY.decode().encode("utf-16"), 400),
    (b"\xef\xbb\xbf" + COMPANY, 400),
    (COMPANY + b"{}", 400),
    (b'{"name": 1e999, "country": "PL"}', 422),
    (b'{"name": ' + b"9" * 60_000 + b"}", 422),
    (b'{"name":' * 8_000, 422),
    (b"[" * LIMIT, 422),
    (b'{"name": "a", "country": "PL", "name": 1}', 422),
    (b'{"name": "\\u0000", "country": "PL"}', 422),
)


async def test_invalid_bodies_are_refused(client: RawClient) -> None:
    for body, status in BODIES:
        reply = await client.ask(request("POST", "/v1/companies", JSON, client.bearer, body=body))
        assert (body[:60], reply.status) == (body[:60], status)
        assert reply.problem() in {"malformed_body", "invalid_request", "invalid_text"}
    for kind in (b"text/plain", b"application/json+x", b"\xff", b"multipart/form-data; boundary=x", b""):
        reply = await client.ask(
            request("POST", "/v1/companies", b"Content-Type: " + kind, client.bearer, body=COMPANY)
        )
        assert (kind, reply.problem()) == (kind, "unsupported_media_type")

    await client.check_server()


async def test_a_body_past_the_limit_is_refused_declared_or_not(client: RawClient) -> None:
    chunks = "Transfer-Encoding: chunked"
    declared = request("POST", "/v1/companies", JSON, client.bearer, f"Content-Length: {LIMIT + 1}")

    for asked in (
        declared,
        request("POST", "/v1/companies", JSON, client.bearer, "Content-Length: 9223372036854775807"),
        request("POST", "/v1/companies", JSON, client.bearer, chunks, body=chunked(LIMIT, 3)),
        request("POST", "/v1/companies", JSON, client.bearer, chunks, body=chunked(1, LIMIT + 1)),
        request("POST", "/lab/worlds", JSON, chunks, body=chunked(LIMIT, 3)),
        request("GET", "/v1/events", client.bearer, f"Content-Length: {LIMIT + 1}"),
    ):
        reply = await client.ask(asked)
        assert (reply.status, reply.problem()) == (413, "payload_too_large")

    await client.check_server()


async def test_the_limit_of_the_body_is_a_setting(tmp_path: Path) -> None:
    async with whole_server(tmp_path, body_limit_bytes=1_024) as server:
        anonymous = server.anonymous()

        taken = await anonymous.call("POST", "/lab/worlds", {"name": "x" * 900})
        refused = await anonymous.call("POST", "/lab/worlds", {"name": "x" * 1_100})

    assert taken.json()["name"] == "lab_refused"
    assert refused.json()["name"] == "payload_too_large"


async def test_a_body_that_does_not_arrive_ends_with_a_timeout(tmp_path: Path) -> None:
    async with (
        whole_server(tmp_path, body_limit_s=1) as server,
        wire(server.client.base_url.port or 0) as slow,
    ):
        await slow.send(request("POST", "/lab/worlds", JSON, "Content-Length: 100", body=b'{"na'))
        reply = await slow.reply()
        worlds = (await server.anonymous().get("/lab/worlds"))["worlds"]

    assert (reply.status, reply.problem()) == (408, "request_timeout")
    assert len(worlds) == 1


async def test_an_event_stream_ends_when_its_reader_sends_too_much(client: RawClient) -> None:
    async with wire(client.port) as connection:
        await connection.send(request("GET", "/v1/events", client.bearer, "Transfer-Encoding: chunked"))
        begun = await connection.reply()
        await connection.send(chunked(LIMIT, 2))
        await connection.send(b"0\r\n\r\n" + request("GET", "/v1/session", client.bearer, CLOSE))
        received = await connection.rest()

    assert begun.status == 200
    assert b"HTTP/1.1 200 OK" in received
    assert client.streams == 0
    await client.check_server()


async def test_a_client_that_disconnects_early_does_not_affect_others(client: RawClient) -> None:
    await client.send_and_disconnect(request("POST", "/lab/worlds", JSON, body=b'{"name": "left"}'))
    await client.send_and_disconnect(
        request("POST", "/v1/companies", JSON, client.bearer, "Content-Length: 100", body=b"{")
    )
    await client.send_and_disconnect(
        request("POST", "/v1/sessions", JSON, "Transfer-Encoding: chunked", body=b"5\r\nab")
    )
    await client.send_and_disconnect(b"GET /v1/session HTT")
    await client.send_and_disconnect(request("GET", "/v1/events", client.bearer))

    await client.check_server()
    removed = await client.ask(request("DELETE", "/lab/worlds/left"))
    assert removed.status in {204, 404}  # the server carries out a request that arrived completely
    assert await client.requests_counted(500) == 0


async def test_a_wrong_content_length_affects_only_its_connection(client: RawClient) -> None:
    short = request("POST", "/v1/companies", JSON, client.bearer, "Content-Length: 1", body=COMPANY)

    async with wire(client.port) as connection:
        await connection.send(short)
        first, second = await connection.reply(), await connection.reply()

    assert {first.status, second.status} <= {0, 400}
    async with wire(client.port) as waiting:
        await waiting.send(
            request("POST", "/v1/companies", JSON, client.bearer, "Content-Length: 100", body=b"{")
        )
        await client.check_server()


async def test_invalid_bytes_after_valid_requests_do_not_prevent_their_responses(client: RawClient) -> None:
    async with wire(client.port) as connection:
        await connection.send(request("GET", "/v1/session", client.bearer))
        first = await connection.reply()
        await connection.send(request("GET", "/v1/session", client.bearer))
        second = await connection.reply()
        await connection.send(b"rubbish\r\n\r\n")
        third = await connection.reply()

    assert [first.status, second.status, third.status] == [200, 200, 400]
    await client.check_server()


async def test_an_endless_head_is_refused(client: RawClient) -> None:
    async with wire(client.port) as connection:
        await connection.send(b"GET /health/live HTTP/1.1\r\nX: ")
        try:
            await connection.send(*[b"a" * 65_536] * 400)
        except ConnectionError:
            reply = NOTHING
        else:
            reply = await connection.reply()

    assert reply.status in {0, 400}
    await client.check_server()
