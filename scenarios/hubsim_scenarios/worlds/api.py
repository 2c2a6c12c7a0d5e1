"""A client of the cloud's HTTP API: builds requests from the table of routes, raises problems as errors.

Every command has an idempotency key: if its response was lost, it is sent again and has one effect.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.http.route_types import path_names
from hubsim_cloud.http.routes import PREFIX, ROUTES, PagedList, Route
from hubsim_contract.mqtt.tls import trust
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.world import BadServerUrl, CannotPlay

TIMEOUT_S = 60.0
"""Longer than a server's limit for a world that does not become idle."""
FIRST_ANSWER_S = 10.0
"""The limit for the first answer, which any cloud gives at once. Another program may wait for more bytes."""
TRIES = 3
"""How often a request is sent when its connection breaks; then the server counts as unavailable."""


class ServerGone(CannotPlay):
    """The server does not answer, or is not a cloud."""


class NoLab(CannotPlay):
    """The server has no lab, which opens and controls worlds."""


class NotGranted(Exception):
    """The server answered with a problem (RFC 9457)."""

    def __init__(self, status: int, name: str, detail: str, facts: Mapping[str, str]) -> None:
        super().__init__(f"{name}: {detail}")
        self.status = status
        self.name = name
        self.detail = detail
        self.facts = dict(facts)

    def refusal(self) -> Refusal:
        """Return the problem as a refusal of the domain. Raises `CannotPlay` when it is not one."""
        if self.name not in set(RefusalName):
            text = "the server answers {status} {name}: {detail}"
            raise CannotPlay(say(text, status=self.status, name=self.name, detail=self.detail))
        return Refusal(RefusalName(self.name), self.detail, self.facts)


class ApiRequest(msgspec.Struct, frozen=True):
    """The request of a command or a query."""

    method: str
    path: str
    fields: dict[str, Any]
    """The body of a command, the query string of a query."""
    listing: PagedList | None


_BY_ACT: dict[type[msgspec.Struct], Route] = {route.act: route for route in ROUTES}


def request_of(act: Command | Query) -> ApiRequest:
    """Return the request of a command or a query."""
    route = _BY_ACT[type(act)]
    fields = {name: value for name, value in msgspec.to_builtins(act).items() if value is not None}
    fields.pop(type(act).__struct_config__.tag_field, None)
    named = {name: quote(str(fields.pop(name)), safe="") for name in path_names(route.path)}
    return ApiRequest(route.method, PREFIX + route.path.format(**named), fields, route.listing)


def check_url(url: str) -> httpx.URL:
    """Return the address of a server, or raise `BadServerUrl`."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadServerUrl(f"{url!r} is not a URL ({error}): http(s)://host:port is expected") from error
    if parsed.userinfo or parsed.query:
        raise BadServerUrl(
            f"the URL of {parsed.host} has a user, a password or a query, which would be printed: "
            "http(s)://host:port is expected"
        )
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise BadServerUrl(f"{url!r} is not the address of a cloud: http(s)://host:port is expected")
    return parsed


class Api:
    """The connection to one server. `enter` selects one of its worlds."""

    def __init__(
        self, url: str, ca: Path | None = None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the server's address, `http(s)://host:port`. Raises `BadServerUrl`, `BadAuthorities`.

        `transport` replaces the sockets, inside the process of the server.
        """
        parsed = check_url(url)
        self.url = str(parsed).rstrip("/")
        self._world = ""
        self._unanswered: list[str] = []
        verify = trust(ca) if parsed.scheme == "https" else False
        self._client = httpx.AsyncClient(
            verify=verify, timeout=TIMEOUT_S, trust_env=False, transport=transport
        )

    @property
    def asking(self) -> str:
        """The oldest request in progress, as method and path; empty when there is none."""
        return self._unanswered[0] if self._unanswered else ""

    def enter(self, world: str) -> None:
        """Send requests to this world from now on; to the main one for an empty name."""
        self._world = f"/worlds/{world}" if world else ""

    async def probe(self) -> None:
        """Ask whether a cloud answers at this address. Raises `ServerGone`."""
        asked = "GET /health/live"
        self._unanswered.append(asked)
        try:
            response = await self._client.get(f"{self.url}/health/live", timeout=FIRST_ANSWER_S)
            alive = response.is_success and isinstance(response.json(), dict)
        except httpx.TimeoutException as error:
            text = say(
                "the server at {url} does not answer a request within {time} s: "
                "give the address of the cloud's HTTP port",
                url=self.url,
                time=f"{FIRST_ANSWER_S:.0f}",
            )
            raise ServerGone(text) from error
        except httpx.TransportError as error:
            raise self._no_answer(error) from error
        except (httpx.DecodingError, ValueError):
            alive = False
        finally:
            self._unanswered.remove(asked)
        if not alive:
            raise not_a_cloud(self.url)

    async def act(self, method: str, path: str, body: Mapping[str, Any], *, token: str | None) -> Any:
        """Send a command, which has one effect. Returns the answer. Raises `NotGranted`, `ServerGone`."""
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        return await self._send(method, path, token, headers=headers, json=dict(body))

    async def read(self, path: str, query: Mapping[str, str], *, token: str | None) -> Any:
        """Send a query, and return the answer. Raises `NotGranted`, `ServerGone`."""
        return await self._send("GET", path, token, params=dict(query))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """Send a request to the lab. Raises `NotGranted`, `NoLab`, `ServerGone`."""
        try:
            return await self._send(method, path, None, **({} if body is None else {"json": dict(body)}))
        except NotGranted as refused:
            if refused.name != ProblemName.NOT_FOUND:
                raise
            text = say("the server at {url} has no lab: start it with --lab (hubsim up --lab)", url=self.url)
            raise NoLab(text) from refused

    def _no_answer(self, error: httpx.TransportError) -> ServerGone:
        trouble = f"{type(error).__name__} {error}".strip()
        return ServerGone(
            say("the server at {url} does not answer: {trouble}", url=self.url, trouble=trouble)
        )

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, token: str | None, headers: dict[str, str] | None = None, **content: Any
    ) -> Any:
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = self.url + self._world + path
        repeatable = method == "GET" or "Idempotency-Key" in headers
        left = TRIES if repeatable else 1
        self._unanswered.append(f"{method} {path}")
        try:
            return _content(await self._response(method, url, headers, left, content))
        finally:
            self._unanswered.remove(f"{method} {path}")

    async def _response(
        self, method: str, url: str, headers: dict[str, str], left: int, content: dict[str, Any]
    ) -> httpx.Response:
        """Return the answer to a request that may be sent `left` times."""
        while True:
            try:
                return await self._client.request(method, url, headers=headers, **content)
            except httpx.TransportError as error:
                left -= 1
                if not left:
                    raise self._no_answer(error) from error
            except httpx.DecodingError as error:
                raise not_a_cloud(self.url) from error


def not_a_cloud(url: str) -> ServerGone:
    """Return the error for a server that answers otherwise than a cloud."""
    return ServerGone(say("the server at {url} answers, but is not a cloud", url=url))


def _content(response: httpx.Response) -> Any:
    try:
        if response.is_success:
            return response.json() if response.content else None
        problem = response.json()
        raise NotGranted(response.status_code, problem["name"], problem["detail"], problem["facts"])
    except (ValueError, KeyError, TypeError):
        text = say("the server answers {status}, but is not a cloud", status=response.status_code)
        raise ServerGone(text) from None
