"""Problem documents (RFC 9457): every response that is not a success, with a name and facts for programs.

Refusals of the domain keep their names. Problems before the domain have names of this module. A problem
contains no secrets, and nothing about the machine.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from hubsim_cloud.domain.refusals import Refusal, RefusalName

MEDIA_TYPE = "application/problem+json"


class ProblemName(StrEnum):
    """The problems that are not refusals of the domain."""

    MALFORMED_BODY = "malformed_body"
    """The body of the request is not JSON in UTF-8."""
    MALFORMED_HEADER = "malformed_header"
    """A header of the request has the wrong format; the facts name it."""
    BAD_PAGE_TOKEN = "bad_page_token"  # noqa: S105 (a name)
    """The page token belongs to another list, filter or account, or was changed. Begin without a token."""
    WRONG_CREDENTIALS = "wrong_credentials"
    """E-mail address or password is wrong. The response does not reveal which of the two."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    """Too many wrong passwords for this account or from this address. The password was not checked. Wait for
    the time in `Retry-After`."""
    NOT_FOUND = "not_found"
    """There is nothing at this path."""
    WORLD_NOT_FOUND = "world_not_found"
    """There is no world of the name in the path."""
    METHOD_NOT_ALLOWED = "method_not_allowed"
    """This path does not accept this method; the header Allow lists the methods that it accepts."""
    UNEXPECTED_HOST = "unexpected_host"
    """The server does not answer under the name in the `Host` header. The fact `host` has the name."""
    STALE = "stale"
    """Another client has edited it since you read it. Nothing was changed. Read it again, then decide."""
    REQUEST_TIMEOUT = "request_timeout"
    """The body of the request did not arrive in time, and nothing was done. Send the request again."""
    PAYLOAD_TOO_LARGE = "payload_too_large"
    """The body of the request is larger than the limit."""
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    """The body of the request must be application/json."""
    INVALID_REQUEST = "invalid_request"
    """A value is missing, of the wrong type, or unknown; `errors` names the place and the expected value."""
    KEY_REUSED = "key_reused"
    """The idempotency key was used for another request. Use a new key for each request."""
    INTERNAL_ERROR = "internal_error"
    """A bug of the cloud. Whether anything was done is unknown; the log of the cloud has the details."""
    STORAGE_UNAVAILABLE = "storage_unavailable"
    """The cloud cannot write now, and nothing was done. Queries still work."""
    TOO_BUSY = "too_busy"
    """Too many clients request this at once, and nothing was done. Try again later."""
    NO_SIMULATOR = "no_simulator"
    """The lab needs a simulator, and none is connected to the broker. Start one."""
    NOT_IDLE = "not_idle"
    """The world was not idle in time; the detail lists what is still in flight."""
    NOT_ON_BENCH = "not_on_bench"
    """The lab has nothing of this name: no such hub, snapshot or world."""
    LAB_REFUSED = "lab_refused"
    """The lab or the bench cannot do that; the fact `reason` names why. Nothing was changed."""
    STOPPING = "stopping"
    """The cloud stops. Whether anything was done is unknown. Send it again with the same idempotency key."""


PROBLEM_STATUS: dict[ProblemName, int] = {
    ProblemName.MALFORMED_BODY: 400,
    ProblemName.MALFORMED_HEADER: 400,
    ProblemName.BAD_PAGE_TOKEN: 400,
    ProblemName.WRONG_CREDENTIALS: 401,
    ProblemName.TOO_MANY_ATTEMPTS: 429,
    ProblemName.NOT_FOUND: 404,
    ProblemName.WORLD_NOT_FOUND: 404,
    ProblemName.METHOD_NOT_ALLOWED: 405,
    ProblemName.REQUEST_TIMEOUT: 408,
    ProblemName.STALE: 412,
    ProblemName.PAYLOAD_TOO_LARGE: 413,
    ProblemName.UNSUPPORTED_MEDIA_TYPE: 415,
    ProblemName.UNEXPECTED_HOST: 421,
    ProblemName.INVALID_REQUEST: 422,
    ProblemName.KEY_REUSED: 422,
    ProblemName.INTERNAL_ERROR: 500,
    ProblemName.STORAGE_UNAVAILABLE: 503,
    ProblemName.TOO_BUSY: 503,
    ProblemName.NO_SIMULATOR: 503,
    ProblemName.NOT_IDLE: 503,
    ProblemName.NOT_ON_BENCH: 404,
    ProblemName.LAB_REFUSED: 409,
    ProblemName.STOPPING: 503,
}

REFUSAL_STATUS: dict[RefusalName, int] = {
    # no session
    RefusalName.NOT_SIGNED_IN: 401,
    # not allowed in this role, client or account
    RefusalName.NOT_PERMITTED: 403,
    RefusalName.NOT_A_MEMBER: 403,
    RefusalName.SERVICE_BUILD_REQUIRED: 403,
    RefusalName.PERSONAL_ACCOUNT_REQUIRED: 403,
    RefusalName.COMPANY_ACCOUNT_REQUIRED: 403,
    RefusalName.NOT_A_DEALER: 403,
    RefusalName.NOT_A_RESELLER: 403,
    RefusalName.OWNER_IMMUTABLE: 403,
    # unknown thing
    RefusalName.COMPANY_NOT_FOUND: 404,
    RefusalName.ACCOUNT_NOT_FOUND: 404,
    RefusalName.EMPLOYEE_NOT_FOUND: 404,
    RefusalName.RESELLER_NOT_FOUND: 404,
    RefusalName.REQUEST_NOT_FOUND: 404,
    RefusalName.OBJECT_NOT_FOUND: 404,
    RefusalName.HUB_NOT_FOUND: 404,
    RefusalName.PACKAGE_NOT_FOUND: 404,
    # not possible in the current state
    RefusalName.EMAIL_TAKEN: 409,
    RefusalName.COUNTRY_NOT_SUPPORTED: 409,
    RefusalName.ALREADY_A_DEALER: 409,
    RefusalName.ALREADY_A_RESELLER: 409,
    RefusalName.ALREADY_AN_EMPLOYEE: 409,
    RefusalName.REQUEST_ALREADY_SENT: 409,
    RefusalName.CONNECTION_NOT_APPROVED: 409,
    RefusalName.CONNECTION_SUSPENDED: 409,
    RefusalName.RESELLER_REQUIRED: 409,
    RefusalName.HUB_ALREADY_ADDED: 409,
    RefusalName.HUB_OFFLINE: 409,
    RefusalName.DONOR_ONLINE: 409,
    RefusalName.TARGET_OFFLINE: 409,
    RefusalName.TARGET_ARMED: 409,
    RefusalName.SIM_NOT_INSTALLED: 409,
    RefusalName.SIM_DEFECTIVE: 409,
    RefusalName.FOREIGN_SIM: 409,
    RefusalName.SIM_IN_USE: 409,
    RefusalName.ALREADY_ACTIVE: 409,
    RefusalName.NOT_ACTIVE: 409,
    RefusalName.ALREADY_EXPIRING: 409,
    RefusalName.NOT_EXPIRING: 409,
    RefusalName.HAS_ACTIVE_SERVICES: 409,
    RefusalName.HAS_UNINVOICED_MONTH: 409,
    # invalid value
    RefusalName.INVALID_EMAIL: 422,
    RefusalName.INFORMATION_MISSING: 422,
    RefusalName.INVALID_TEXT: 422,
    RefusalName.UNKNOWN_COUNTRY: 422,
    RefusalName.UNKNOWN_ZONE: 422,
    RefusalName.INVALID_HUB_ID: 422,
    RefusalName.INVALID_SETTING: 422,
    RefusalName.SAME_HUB: 422,
}


class Mistake(msgspec.Struct, frozen=True):
    """One mistake in a request."""

    pointer: str
    """The place: a JSON pointer (RFC 6901) into the body, or `?name` for the query string."""
    what: str
    """The mistake, and the expected value."""


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a problem response (RFC 9457)."""

    type: str
    """The path of a page that explains the problem."""
    title: str
    """The name in words; the same for every problem of this name."""
    status: int
    """The status of the response."""
    detail: str
    """The problem in this case, for people."""
    name: str
    """The stable name, for programs."""
    facts: dict[str, str]
    """The values that caused it, by name."""
    errors: tuple[Mistake, ...] = ()
    """Only with `invalid_request`."""


class Problem(Exception):
    """Raised for a request that fails; the app sends its `ProblemResponse`."""

    def __init__(
        self,
        name: ProblemName | RefusalName,
        detail: str,
        *,
        facts: Mapping[str, str] | None = None,
        errors: tuple[Mistake, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.facts = dict(facts or {})


_TITLES: Mapping[ProblemName | RefusalName, str] = MappingProxyType(
    {ProblemName.NOT_ON_BENCH: "Not found in the lab"}  # also persons, snapshots and plays
)


def status_of(name: ProblemName | RefusalName) -> int:
    """Return the HTTP status of a problem."""
    return REFUSAL_STATUS[name] if isinstance(name, RefusalName) else PROBLEM_STATUS[name]


def title_of(name: ProblemName | RefusalName) -> str:
    """Return the title of a problem: its name in words, unless another title says more."""
    return _TITLES.get(name) or name.value.replace("_", " ").capitalize()


def refused(refusal: Refusal) -> Problem:
    """Return a refusal of the domain as a problem."""
    return Problem(refusal.name, refusal.text, facts=refusal.facts)
