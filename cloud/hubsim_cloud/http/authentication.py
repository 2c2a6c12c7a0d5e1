"""Authentication: the session or the operator to which a bearer token belongs."""

from starlette.requests import Request

from hubsim_cloud.domain.refusals import OPERATOR_ONLY, RefusalName
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.http.requests import read_bearer
from hubsim_cloud.service.rows import UserSession


def session_of(request: Request, world: ServedWorld) -> UserSession:
    """Return the session of the request's token. Problem: `not_signed_in`."""
    token = read_bearer(request)
    if token is None:
        raise Problem(
            RefusalName.NOT_SIGNED_IN, "Sign in, and send the token as `Authorization: Bearer ...`."
        )
    session = world.auth.session(token)
    if session is None:
        if world.operator.admits(token):
            raise Problem(RefusalName.NOT_PERMITTED, OPERATOR_ONLY.text)
        raise Problem(RefusalName.NOT_SIGNED_IN, "The session has ended or expired: sign in again.")
    return session


def actor_of(session: UserSession) -> Actor:
    """Return the actor of this session."""
    return Actor(session.person, session.app, session.account)


def check_operator(request: Request, world: ServedWorld) -> None:
    """Check for the operator's token. Problems: `not_signed_in`, `not_permitted`."""
    shown = read_bearer(request)
    if shown is not None and world.operator.admits(shown):
        return
    if shown is not None and world.auth.session(shown) is not None:
        raise Problem(RefusalName.NOT_PERMITTED, OPERATOR_ONLY.text)
    raise Problem(RefusalName.NOT_SIGNED_IN, "Send the operator's token as `Authorization: Bearer ...`.")
