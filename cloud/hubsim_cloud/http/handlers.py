"""The handlers of commands and queries, all from the table of routes.

A handler reads a request into the domain's type, passes it to the service with its caller, and responds with
the result. `hubsim_cloud.http.accounts` has the handlers that do more.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.domain.types import OPERATOR, Actor
from hubsim_cloud.http.authentication import actor_of, check_operator, session_of
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.paging import PAGING, next_page, read_pager
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import refused
from hubsim_cloud.http.requests import (
    convert_query,
    path_values,
    read_body,
    read_if_match,
    read_json,
    read_key,
    read_query,
)
from hubsim_cloud.http.responses import SERVICE_ERRORS, done_answer, etag, json_answer, service_problem
from hubsim_cloud.http.route_types import input_type
from hubsim_cloud.http.routes import Caller, Route
from hubsim_cloud.service.history_index import index_for
from hubsim_cloud.service.rows import Key
from hubsim_cloud.service.service import CommandDone

_encode = msgspec.json.Encoder().encode


def command_handler(route: Route) -> Handler:
    """Return the handler of a command's route."""
    read = command_reader(route)

    async def handle(request: Request, world: ServedWorld) -> Response:
        actor, scope = _caller(route, request, world)
        command = await read(request)
        expects = read_if_match(request, allowed=route.revision)
        key = key_of(request, scope, command, actor.account, actor.app, expects)
        return await carried_out(
            route, world, lambda: world.service.submit(actor, command, key=key, expects=expects)
        )

    return handle


def _caller(route: Route, request: Request, world: ServedWorld) -> tuple[Actor, str]:
    """Return the actor that the token of the request belongs to, and the scope of its idempotency keys."""
    if route.caller is Caller.OPERATOR:
        check_operator(request, world)
        return OPERATOR, "operator"
    session = session_of(request, world)
    return actor_of(session), session.person


def command_reader(route: Route) -> Callable[[Request], Awaitable[Any]]:
    """Return the function that reads a request of the route into its command."""
    body_type = input_type(route)
    names = tuple(field.name for field in msgspec.structs.fields(body_type))
    decoder = msgspec.json.Decoder(body_type)

    async def read(request: Request) -> Any:
        read_query(request, ())
        body = read_json(decoder, await read_body(request), names)
        return route.act(**path_values(request), **msgspec.structs.asdict(body))

    return read


def key_of(request: Request, scope: str, content: Any, *about: Any) -> Key | None:
    """Return the idempotency key of a request, with a digest of its content; None without one.

    `content` and `about` must not contain secrets, because their digests are stored.
    """
    key = read_key(request)
    if key is None:
        return None
    digested = _encode((request.method, request.scope["path"], content, about))
    return Key(scope, key, hashlib.sha256(digested).hexdigest())


async def carried_out(
    route: Route, world: ServedWorld, ask: Callable[[], Awaitable[CommandDone]]
) -> Response:
    """Have a command decided, count it, and return the response. Problem: a refusal of the command."""
    try:
        done = await ask()
    except SERVICE_ERRORS as error:
        world.meters.commanded(route.action, service_problem(error).name.value)
        raise
    world.meters.commanded(route.action, _outcome(done))
    return done_answer(route, done)


def _outcome(done: CommandDone) -> str:
    match done.outcome:
        case _ if done.replayed:
            return "replayed"
        case Refusal() as refusal:
            return refusal.name.value
        case Stale():
            return "stale"
        case _:
            return "accepted"


def query_handler(route: Route) -> Handler:
    """Return the handler of a query's route."""
    kind = input_type(route)
    names = tuple(field.name for field in msgspec.structs.fields(kind))
    known = (*names, *PAGING) if route.listing is not None else names

    async def handle(request: Request, world: ServedWorld) -> Response:
        actor, scope = _caller(route, request, world)
        values = read_query(request, known)
        paging = {name: values.pop(name, None) for name in PAGING} if route.listing is not None else {}
        parameters = convert_query(values, kind)
        query: Any = route.act(**path_values(request), **msgspec.structs.asdict(parameters))
        about = "" if route.listing is None else _about(request, scope, actor, query)
        pager = None if route.listing is None else read_pager(paging, world.auth.seal, about)
        await index_for(query, world.service.engine.archive)
        view = await world.service.look(actor, query, pager)
        if isinstance(view, Refusal):
            raise refused(view)
        headers = {"ETag": etag(view.revision)} if route.revision else {}  # type: ignore[attr-defined]
        if pager is None:
            return json_answer(view, headers=headers)
        shown = {name: getattr(view, name) for name in view.__struct_fields__}
        return json_answer({**shown, "next_page": next_page(pager, world.auth.seal, about)}, headers=headers)

    return handle


def _about(request: Request, scope: str, actor: Actor, query: Any) -> str:
    """Return everything that a list depends on."""
    return _encode((request.scope["path"], query, scope, actor.account, actor.app)).decode()
