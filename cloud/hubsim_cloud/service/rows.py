"""Records that the shell keeps beside the facts: who may sign in, who is signed in, what was answered.

The domain never sees them. Passwords and tokens are here as hashes only, and no repr shows even those.
Instants are host time in milliseconds since 1970-01-01T00:00Z, not world time: a session does not end
because a play moves the clock.
"""

import msgspec

from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import App


class Credential(msgspec.Struct, frozen=True):
    """How a person signs in. There is one for each address, in the form that `texts.email_address` gives."""

    person: str
    email: str
    password_hash: str

    def __repr__(self) -> str:
        return f"Credential(person={self.person!r})"


class UserSession(msgspec.Struct, frozen=True):
    """One sign-in. `account` is the company acted for, None in the personal account."""

    token_hash: str
    person: str
    app: App
    account: str | None
    expires_ms: int
    created_ms: int

    def __repr__(self) -> str:
        return f"Session(person={self.person!r}, app={self.app.value!r}, account={self.account!r})"


class RowChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in one transaction; a session replaces the one with the same token hash."""

    credentials: tuple[Credential, ...] = ()
    sessions: tuple[UserSession, ...] = ()
    ended: tuple[str, ...] = ()
    """Token hashes of sessions that are over; ones that are not there are passed over."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.credentials or self.sessions or self.ended)


class Key(msgspec.Struct, frozen=True):
    """What makes a request the same one when it is sent again.

    `scope` says whose key it is, `fingerprint` is a digest of the request: the same key with another
    fingerprint is a mistake of the client, and never answered with the other request's answer.
    """

    scope: str
    key: str
    fingerprint: str

    @property
    def name(self) -> tuple[str, str]:
        """What the answer is kept under."""
        return self.scope, self.key


class Kept(msgspec.Struct, frozen=True):
    """The answer that a key got, with the fingerprint of the request that got it."""

    fingerprint: str
    result: dict[str, str] = {}
    """What was given back, when the wish was granted."""
    refusal: Refusal | None = None

    @property
    def outcome(self) -> Accepted | Refusal:
        """The answer. The facts that followed from it are in the log, and not told again."""
        return Accepted((), self.result) if self.refusal is None else self.refusal


def kept_answer(key: Key, outcome: Accepted | Refusal) -> Kept:
    """Return what is kept of an answer."""
    if isinstance(outcome, Refusal):
        return Kept(key.fingerprint, refusal=outcome)
    return Kept(key.fingerprint, result=outcome.result)
