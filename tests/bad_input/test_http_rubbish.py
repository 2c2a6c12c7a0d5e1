"""What no client library would send: the server answers or closes the connection, and serves the next one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from raw_http import NOTHING, Reply, chunked, request, wire
from whole_server import PASSWORD, Caller, WholeServer, whole_server

pytestmark = pytest.mark.live
JSON = "Content-Type: application/json"
CLOSE = "Connection: close"
COMPANY = b'{"name": "Wolf Security", "country": "PL"}'
LIMIT = 65_536


class SystemRoute:
    """The way into one server, for raw bytes, and somebody who is signed in."""

    def __init__(self, server: WholeServer, token: str) -> None:
        self._port = server.client.base_url.port or 0
        self._server = server
        self.token = token
        self.bearer = f"Authorization: Bearer {token}"

    async def asks(self, *parts: bytes) -> Reply:
        """Send this over a new connection, and return the answer."""
        async with wire(self._port) as connection:
            await connection.says(*parts)
            return await connection.reply()

    async def leaves(self, *parts: bytes) -> None:
        """Send this and hang up without waiting."""
        async with wire(self._port) as connection:
            await connection.says(*parts)

    async def is_open(self) -> None:
        """Check that an honest request is served."""
        reply = await self.asks(request("GET", "/v1/session", self.bearer))
        assert reply.status == 200
        assert (await self._server.nobody().sees("/health/ready"))["ready"]

    @property
    def port(self) -> int:
        return self._port

    @property
    def streams(self) -> int:
        return self._server.cloud("").feed.streams

    async def requests_counted(self, status: int) -> int:
        """Return how many requests the metrics say ended with this status."""
        text = (await self._server.nobody().call("GET", "/metrics")).text
        lines = [line for line in text.splitlines() if line.startswith("hubsim_cloud_http_requests_total")]
        return int(sum(float(line.rpartition(" ")[2]) for line in lines if f'status="{status}"' in line))


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SystemRoute]:
    async with whole_server(tmp_path) as server:
        nobody = server.nobody()
        yield SystemRoute(server, await token_of(nobody))


async def token_of(nobody: Caller) -> str:
    credentials = {"email": "olga@example.com", "password": PASSWORD}
    await nobody.does("POST", "/v1/accounts", {**credentials, "name": "Olga"})
    token: str = (await nobody.does("POST", "/v1/sessions", {**credentials, "app": "pro_desktop"}))["token"]
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


async def test_what_is_no_http_is_answered_with_400_and_the_connection_ends(door: SystemRoute) -> None:
    for rubbish in NO_HTTP:
        async with wire(door.port) as connection:
            await connection.says(rubbish)
            reply = await connection.reply()
            assert (rubbish, reply.status) == (rubbish, 400)
            assert await connection.rest() == b""

    await door.is_open()


async def test_old_and_odd_requests_are_answered(door: SystemRoute) -> None:
    live = "/health/live"

    for asked, status in (
        (b"GET /health/live HTTP/1.0\r\n\r\n", 200),
        (b"GET /health/live HTTP/1.1\r\n\r\n", 200),
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
        reply = await door.asks(asked)
        assert (asked, reply.status) == (asked, status)

    await door.is_open()


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


async def test_a_part_of_a_path_may_be_anything(door: SystemRoute) -> None:
    for method, path in IN_PATHS:
        body = b'{"action": {"do": "restart"}}' if path.endswith("actions") else b""
        for part in PARTS:
            reply = await door.asks(request(method, path.format(part), JSON, door.bearer, body=body))
            assert reply.status in {200, 403, 404, 409}, (path, part[:60], reply)
            if reply.status != 200:
                assert reply.problem() != "internal_error"

    await door.is_open()


async def test_a_token_that_is_none_is_refused(door: SystemRoute) -> None:
    for header in (
        b"Authorization:",
        b"Authorization: Bearer",
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Bearer \xc3\xa9",
        b"Authorization: \xff",
        b"Authorization: Basic b2xnYTpvbGdh",
        b"Authorization: Bearer " + b"x" * 60_000,
        b"Authorization: Bearer null",
        b"Authorization: Bearer " + door.token.encode() + b"x",
        b"Authorization: " + door.token.encode(),
        b"Authorization: Basic x\r\n" + door.bearer.encode(),
    ):
        for path in ("/v1/session", "/v1/events", "/v1/mailbox"):
            reply = await door.asks(request("GET", path, header))
            assert (header[:60], reply.status, reply.problem()) == (header[:60], 401, "not_signed_in")

    await door.is_open()


async def test_headers_of_the_wrong_shape_are_named(door: SystemRoute) -> None:
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
        reply = await door.asks(request(method, path, JSON, door.bearer, *headers, body=body))
        assert (headers[0][:60], reply.problem()) == (headers[0][:60], "malformed_header")

    await door.is_open()


async def test_query_strings_of_the_wrong_shape_are_named(door: SystemRoute) -> None:
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
        reply = await door.asks(request("GET", f"/v1/mailbox?{query}", door.bearer))
        assert (query[:60], reply.problem()) == (query[:60], name)

    await door.is_open()


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


async def test_bodies_of_the_wrong_shape_are_refused(door: SystemRoute) -> None:
    for body, status in BODIES:
        reply = await door.asks(request("POST", "/v1/companies", JSON, door.bearer, body=body))
        assert (body[:60], reply.status) == (body[:60], status)
        assert reply.problem() in {"malformed_body", "invalid_request", "invalid_text"}
    for kind in (b"text/plain", b"application/json+x", b"\xff", b"multipart/form-data; boundary=x", b""):
        reply = await door.asks(
            request("POST", "/v1/companies", b"Content-Type: " + kind, door.bearer, body=COMPANY)
        )
        assert (kind, reply.problem()) == (kind, "unsupported_media_type")

    await door.is_open()


async def test_a_body_past_the_limit_is_refused_declared_or_not(door: SystemRoute) -> None:
    chunks = "Transfer-Encoding: chunked"
    declared = request("POST", "/v1/companies", JSON, door.bearer, f"Content-Length: {LIMIT + 1}")

    for asked in (
        declared,
        request("POST", "/v1/companies", JSON, door.bearer, "Content-Length: 9223372036854775807"),
        request("POST", "/v1/companies", JSON, door.bearer, chunks, body=chunked(LIMIT, 3)),
        request("POST", "/v1/companies", JSON, door.bearer, chunks, body=chunked(1, LIMIT + 1)),
        request("POST", "/lab/worlds", JSON, chunks, body=chunked(LIMIT, 3)),
        request("GET", "/v1/events", door.bearer, f"Content-Length: {LIMIT + 1}"),
    ):
        reply = await door.asks(asked)
        assert (reply.status, reply.problem()) == (413, "payload_too_large")

    await door.is_open()


async def test_the_limit_of_bodies_is_a_setting(tmp_path: Path) -> None:
    async with whole_server(tmp_path, body_limit_bytes=1_024) as server:
        nobody = server.nobody()

        taken = await nobody.call("POST", "/lab/worlds", {"name": "x" * 900})
        refused = await nobody.call("POST", "/lab/worlds", {"name": "x" * 1_100})

    assert taken.json()["name"] == "lab_refused"
    assert refused.json()["name"] == "payload_too_large"


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with (
        whole_server(tmp_path, body_limit_s=1) as server,
        wire(server.client.base_url.port or 0) as slow,
    ):
        await slow.says(request("POST", "/lab/worlds", JSON, "Content-Length: 100", body=b'{"na'))
        reply = await slow.reply()
        worlds = (await server.nobody().sees("/lab/worlds"))["worlds"]

    assert (reply.status, reply.problem()) == (408, "request_timeout")
    assert len(worlds) == 1


async def test_an_event_stream_ends_when_its_reader_sends_too_much(door: SystemRoute) -> None:
    async with wire(door.port) as connection:
        await connection.says(request("GET", "/v1/events", door.bearer, "Transfer-Encoding: chunked"))
        begun = await connection.reply()
        await connection.says(chunked(LIMIT, 2))
        await connection.says(b"0\r\n\r\n" + request("GET", "/v1/session", door.bearer, CLOSE))
        told = await connection.rest()

    assert begun.status == 200
    assert b"HTTP/1.1 200 OK" in told
    assert door.streams == 0
    await door.is_open()


async def test_a_client_that_leaves_in_the_middle_harms_nobody(door: SystemRoute) -> None:
    await door.leaves(request("POST", "/lab/worlds", JSON, body=b'{"name": "left"}'))
    await door.leaves(request("POST", "/v1/companies", JSON, door.bearer, "Content-Length: 100", body=b"{"))
    await door.leaves(request("POST", "/v1/sessions", JSON, "Transfer-Encoding: chunked", body=b"5\r\nab"))
    await door.leaves(b"GET /v1/session HTT")
    await door.leaves(request("GET", "/v1/events", door.bearer))

    await door.is_open()
    removed = await door.asks(request("DELETE", "/lab/worlds/left"))
    assert removed.status in {204, 404}  # an order that was given is carried out, if it has arrived at all
    assert await door.requests_counted(500) == 0


async def test_a_length_that_lies_spoils_its_own_connection_alone(door: SystemRoute) -> None:
    short = request("POST", "/v1/companies", JSON, door.bearer, "Content-Length: 1", body=COMPANY)

    async with wire(door.port) as connection:
        await connection.says(short)
        first, second = await connection.reply(), await connection.reply()

    assert {first.status, second.status} <= {0, 400}
    async with wire(door.port) as waiting:
        await waiting.says(
            request("POST", "/v1/companies", JSON, door.bearer, "Content-Length: 100", body=b"{")
        )
        await door.is_open()


async def test_rubbish_behind_good_requests_does_not_take_their_answers(door: SystemRoute) -> None:
    async with wire(door.port) as connection:
        await connection.says(request("GET", "/v1/session", door.bearer))
        first = await connection.reply()
        await connection.says(request("GET", "/v1/session", door.bearer))
        second = await connection.reply()
        await connection.says(b"rubbish\r\n\r\n")
        third = await connection.reply()

    assert [first.status, second.status, third.status] == [200, 200, 400]
    await door.is_open()


async def test_a_head_without_an_end_is_cut_off(door: SystemRoute) -> None:
    async with wire(door.port) as connection:
        await connection.says(b"GET /health/live HTTP/1.1\r\nX: ")
        try:
            await connection.says(*[b"a" * 65_536] * 400)
        except ConnectionError:
            reply = NOTHING
        else:
            reply = await connection.reply()

    assert reply.status in {0, 400}
    await door.is_open()
