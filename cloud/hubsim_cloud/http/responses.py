"""Responses: views and results as JSON, and problems."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.http.problems import Problem, ProblemName, refused
from hubsim_cloud.http.routes import Route
from hubsim_cloud.service.auth import TooManyAttempts, WrongCredentials
from hubsim_cloud.service.feed import LogUnreadable, TooManyStreams
from hubsim_cloud.service.message_watch import TooManyWatchers
from hubsim_cloud.service.service import CloudStopped, CommandDone, KeyReused, StorageDown
from hubsim_cloud.service.waiting_room import TooBusy
from hubsim_storage.errors import StoreError

_encode = msgspec.json.Encoder().encode

_SERVICE_ERRORS: dict[type[Exception], tuple[ProblemName, str]] = {
    WrongCredentials: (ProblemName.WRONG_CREDENTIALS, "E-mail address or password is wrong."),
    TooManyAttempts: (
        ProblemName.TOO_MANY_ATTEMPTS,
        "Too many wrong passwords for this account or from this address: wait, then try again.",
    ),
    KeyReused: (
        ProblemName.KEY_REUSED,
        "The idempotency key was used for another request. Use a new key for each request.",
    ),
    StorageDown: (ProblemName.STORAGE_UNAVAILABLE, "The cloud cannot write now, and nothing was done."),
    StoreError: (ProblemName.STORAGE_UNAVAILABLE, "The cloud cannot use its database, and nothing was done."),
    LogUnreadable: (ProblemName.STORAGE_UNAVAILABLE, "The cloud cannot read its database."),
    TooBusy: (ProblemName.TOO_BUSY, "Too many clients sign in or sign up now."),
    TooManyStreams: (ProblemName.TOO_BUSY, "Too many event streams are open."),
    TooManyWatchers: (ProblemName.TOO_BUSY, "Too many clients watch hubs now."),
    CloudStopped: (ProblemName.STOPPING, "The cloud stops. Whether anything was done is unknown."),
}
SERVICE_ERRORS = tuple(_SERVICE_ERRORS)
"""Errors of the parts of the cloud that cannot serve now, and that are not bugs."""


def service_problem(error: Exception) -> Problem:
    """Return one of the `SERVICE_ERRORS` as a problem. The text of the exception is not for clients."""
    name, detail = next(row for kind, row in _SERVICE_ERRORS.items() if isinstance(error, kind))
    if isinstance(error, TooManyAttempts):
        wait_s = str(-(-error.limited.wait_ms // 1_000))
        return Problem(name, detail, facts={"retry_after_s": wait_s}, headers={"Retry-After": wait_s})
    return Problem(name, detail)


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with this content, which no proxy may store."""
    return Response(
        _encode(content), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )


def done_answer(route: Route, done: CommandDone) -> Response:
    """Return the response to a command. Problems: its refusal, `stale`."""
    headers = {"Idempotency-Replayed": "true"} if done.replayed else {}
    match done.outcome:
        case Refusal() as refusal:
            problem = refused(refusal)
            problem.headers = headers
            raise problem
        case Stale() as stale:
            raise Problem(
                ProblemName.STALE,
                "Another client has edited it. Read it again.",
                facts={"expected": str(stale.expected), "current": str(stale.current)},
            )
        case accepted:
            if not route.returns:
                return Response(status_code=route.status, headers={"Cache-Control": "no-store", **headers})
            # The domain has an empty text for nothing, for example for the personal account.
            result = {name: accepted.result[name] or None for name in route.returns}
            return json_answer(result, route.status, headers)


def etag(revision: int) -> str:
    """Return a revision as an entity tag (RFC 9110 section 8.8.3)."""
    return f'"{revision}"'
