"""Accounts and sessions over HTTP: the requests that need a password or a token as well as the domain."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.types import App
from hubsim_cloud.http.authentication import session_of
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.handlers import carried_out, command_reader, key_of
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import read_body, read_if_match, read_json, read_query
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.routes import Route
from hubsim_cloud.service.passwords import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS
from hubsim_cloud.service.rows import UserSession

ANONYMOUS = "anonymous"
"""The scope of the idempotency keys of requests without an account."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request for a personal PRO account."""

    email: str
    name: str
    password: Annotated[str, Meta(min_length=MIN_PASSWORD_CHARS, max_length=MAX_PASSWORD_CHARS)]

    def __repr__(self) -> str:
        return f"NewAccount(email={self.email!r})"


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to sign in."""

    email: str
    password: Annotated[str, Meta(max_length=MAX_PASSWORD_CHARS)]
    app: App
    """The client application; permissions depend on it."""

    def __repr__(self) -> str:
        return f"Credentials(email={self.email!r}, app={self.app.value!r})"


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session: the person, the client application, and the account for which the person acts."""

    person: str
    app: App
    account: str | None
    """The company for which the person acts; null in the personal account."""
    created_at: str
    """RFC 3339, in the time of the cloud's host."""
    expires_at: str
    """RFC 3339, in the time of the cloud's host."""


class NewSession(SessionView, frozen=True, kw_only=True):
    """A session with its token. The token is shown only here."""

    token: str
    """Send it with every request as `Authorization: Bearer ...`."""

    def __repr__(self) -> str:
        return f"NewSession(person={self.person!r})"


_new_account = msgspec.json.Decoder(NewAccount)
_credentials = msgspec.json.Decoder(Credentials)


def sign_up_handler(route: Route) -> Handler:
    """Return the handler that creates an account with its password."""

    async def handle(request: Request, world: ServedWorld) -> Response:
        read_query(request, ())
        read_if_match(request, allowed=False)
        content = read_json(_new_account, await read_body(request), NewAccount.__struct_fields__)
        # The digest does not contain the password: `Auth` compares that of a repeated request by its hash.
        key = key_of(request, ANONYMOUS, (content.email, content.name))
        return await carried_out(
            route,
            world,
            lambda: world.auth.sign_up(
                content.email, content.name, content.password, key, host=_host(request)
            ),
        )

    return handle


def switch_handler(route: Route) -> Handler:
    """Return the handler that switches the session to another account."""
    read = command_reader(route)

    async def handle(request: Request, world: ServedWorld) -> Response:
        session = session_of(request, world)
        command = await read(request)
        read_if_match(request, allowed=False)
        # The current account is not part of the digest: this request changes it, and may be repeated.
        key = key_of(request, session.person, command, session.token_hash)
        return await carried_out(route, world, lambda: world.auth.switch(session, command, key))

    return handle


async def sign_in(request: Request, world: ServedWorld) -> Response:
    """Sign in: begin a session in the personal account, and get its token.

    An unknown address and a wrong password get the same response. After several wrong passwords for an
    account or from an address, attempts are refused for a time. A person has at most 50 sessions: one more
    ends the oldest.
    """
    read_query(request, ())
    content = read_json(_credentials, await read_body(request), Credentials.__struct_fields__)
    signed_in = await world.auth.sign_in(content.email, content.password, content.app, host=_host(request))
    return json_answer(new_session(signed_in.token, signed_in.session), status=201)


def new_session(token: str, session: UserSession) -> NewSession:
    """Return the view of a session that has just begun, with its token."""
    return NewSession(token=token, **msgspec.structs.asdict(_view(session)))


async def show_session(request: Request, world: ServedWorld) -> Response:
    """Get the session: the person, the account, and when the session expires."""
    read_query(request, ())
    return json_answer(_view(session_of(request, world)))


async def sign_out(request: Request, world: ServedWorld) -> Response:
    """Sign out: the token becomes invalid, and the event streams of the session end."""
    session = session_of(request, world)
    read_query(request, ())
    await world.auth.sign_out(session)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _host(request: Request) -> str:
    """Return the address of the client's end of the connection; empty for a socket without one."""
    return "" if request.client is None else request.client.host


def _view(session: UserSession) -> SessionView:
    return SessionView(
        person=session.person,
        app=session.app,
        account=session.account,
        created_at=_rfc3339(session.created_ms),
        expires_at=_rfc3339(session.expires_ms),
    )


def _rfc3339(at_ms: int) -> str:
    instant = datetime.fromtimestamp(at_ms / 1000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
