"""HTTP servers inside a process: `serve` for any application, `monitor` for health and metrics.

Configures sockets, TLS, and the graceful shutdown of uvicorn. Signals and logging belong to the process. The
port is open when the context begins, and nothing runs after the context ends.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import msgspec
import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.stdlib import BoundLogger

from hubsim_cloud.http.host_names import HostNames
from hubsim_cloud.http.problem_response import ProblemResponse
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.service.limited_log import LimitedLog, on_running_loop
from hubsim_server.bounded_heads import BoundedHeads
from hubsim_server.logs import get
from hubsim_server.settings import ServerSettings
from hubsim_simulator.broker.bounded_listener import ACCEPTS_AT_ONCE, ConnectionLimits, listen
from hubsim_simulator.broker.errors import BadTls, PortTaken
from hubsim_simulator.broker.listening import ServerTls

SHUTDOWN_LIMIT_S = 1
"""The time that requests and streams have to end at a shutdown; then their connections are closed."""


class BindAddress(NamedTuple):
    """The address of a server."""

    host: str
    port: int
    """The actual port, also for a requested port 0."""
    tls: bool = False

    @property
    def url(self) -> str:
        """The URL for clients."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


class HttpBounds(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of the connections of one HTTP server."""

    connections: int = 5_000
    """Open connections. One more is closed immediately."""
    connections_each: int = 2_000
    """Open connections from one address. One more is closed immediately."""
    head_s: float = 10.0
    """The time for the head of a request, also of the first one, and for the rest of a request after its
    response. After that the connection is closed."""
    unread_s: float = 30.0
    """A client that hardly reads a response that waits for it is disconnected after this time."""


DEFAULT_BOUNDS = HttpBounds()


class ReadinessReport(msgspec.Struct, frozen=True):
    """Whether a process can do its work."""

    awaited: tuple[str, ...] = ()
    """Descriptions of what it waits for; empty when it is ready."""


class CannotListen(Exception):
    """An HTTP server cannot start."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot serve HTTP at {host}, port {port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


@asynccontextmanager
async def serve(
    app: Any, host: str, port: int, tls: ServerTls | None = None, bounds: HttpBounds = DEFAULT_BOUNDS
) -> AsyncIterator[BindAddress]:
    """Serve an ASGI application; port 0 means any free port. Raises `CannotListen`.

    When the context ends, active requests and streams have `SHUTDOWN_LIMIT_S` to end.
    """
    try:
        if tls is not None:
            tls.check()
    except BadTls as error:
        raise CannotListen(host, port, str(error)) from error
    server = _Server(_configuration(app, tls, bounds))
    listener = _listen(host, port, bounds)
    address = BindAddress(host, listener.getsockname()[1], tls is not None)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {address.url}")
    opened = asyncio.create_task(server.opened.wait())
    try:
        await asyncio.wait({serving, opened}, return_when=asyncio.FIRST_COMPLETED)
        if not server.opened.is_set():
            await serving
        yield address
    finally:
        opened.cancel()
        server.should_exit = True
        try:
            await asyncio.wait({serving})
        finally:  # also if the end of the context is cancelled
            listener.close()
    serving.result()


@asynccontextmanager
async def monitor(
    host: str,
    port: int,
    registry: CollectorRegistry,
    readiness: Callable[[], ReadinessReport],
    tls: ServerTls | None = None,
    bounds: HttpBounds = DEFAULT_BOUNDS,
    *,
    names: Iterable[str] = (),
) -> AsyncIterator[BindAddress]:
    """Serve health and metrics of this process. Raises `CannotListen`.

    `names` are the host names under which it answers, in addition to those that are always expected.

    `/health/live` responds with 200 while the event loop runs, `/health/ready` with 200, or with 503 and a
    list of what the process waits for, `/metrics` with the registry in the text format of Prometheus.
    """
    app = _NamedHosts(_application(registry, readiness), HostNames(names))
    async with serve(app, host, port, tls, bounds) as address:
        yield address


@asynccontextmanager
async def monitored(
    settings: ServerSettings,
    log: BoundLogger,
    awaited: Callable[[], Iterable[str]],
    *collectors: Collector,
) -> AsyncIterator[None]:
    """Serve health and metrics within the context, if the settings have a port for them.

    `awaited` returns what the process waits for. The metrics are those of the process and of the collectors.
    Raises `CannotListen`.
    """
    if settings.monitor_port is None:
        yield
        return
    registry, tls = CollectorRegistry(), server_tls(settings)
    ProcessCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)

    def readiness() -> ReadinessReport:
        return ReadinessReport(tuple(awaited()))

    place, names = (settings.http_host, settings.monitor_port), settings.host_names
    async with monitor(*place, registry, readiness, tls, http_bounds(settings), names=names) as address:
        log.info("monitored", url=address.url)
        yield


def http_bounds(settings: ServerSettings) -> HttpBounds:
    """Return the bounds of the connections of the HTTP servers of this process."""
    return HttpBounds(
        connections=settings.http_connections,
        connections_each=settings.http_connections_each,
        head_s=settings.http_head_s,
    )


def server_tls(settings: ServerSettings) -> ServerTls | None:
    """Return the certificate and key of the servers of this process, or None for no TLS."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return ServerTls(settings.tls_certificate, settings.tls_key)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Do nothing: the process handles signals."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        self.opened.set()


def _configuration(app: Any, tls: ServerTls | None, bounds: HttpBounds) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=partial(BoundedHeads, head_s=bounds.head_s, unread_s=bounds.unread_s),  # type: ignore[arg-type]  # any factory is called
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        lifespan="off",  # no application here has one; uvicorn logs a traceback of one that is cancelled
        backlog=ACCEPTS_AT_ONCE,
        timeout_graceful_shutdown=SHUTDOWN_LIMIT_S,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    config.load()
    return config


def _listen(host: str, port: int, bounds: HttpBounds) -> socket.socket:
    limits = ConnectionLimits(total=bounds.connections, each=bounds.connections_each)
    log = LimitedLog(get("http").warning, call_later=on_running_loop)

    def refused(reason: str, peer: str) -> None:
        log.note(reason, f"closed a connection from {peer}: {reason}")

    try:
        return listen(host, port, limits, refused)
    except PortTaken as error:
        raise CannotListen(host, port, "address already in use; choose another address") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotListen(host, port, f"{reason[:1].lower()}{reason[1:]}; choose another address") from error


class _NamedHosts:
    """An ASGI application that answers under expected names only."""

    def __init__(self, app: Starlette, names: HostNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        try:
            if scope["type"] == "http":
                self._names.check(scope)
        except Problem as problem:
            await ProblemResponse(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _application(registry: CollectorRegistry, readiness: Callable[[], ReadinessReport]) -> Starlette:
    async def live(_request: Request) -> Response:
        return _json({"live": True})

    async def ready(_request: Request) -> Response:
        awaited = readiness().awaited
        return _json({"ready": not awaited, "awaited": awaited}, 503 if awaited else 200)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]
    )


def _json(facts: dict[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(facts), status, media_type="application/json")
