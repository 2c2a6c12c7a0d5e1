"""Records that the shell stores in addition to the facts: credentials, sessions, and answers.

The domain does not use them. Passwords and tokens are stored only as hashes, which no repr shows. Instants
are host time in milliseconds since 1970-01-01T00:00Z, not world time: a session does not end because a play
moves the clock.
"""

import msgspec

from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import App


class Credential(msgspec.Struct, frozen=True):
    """The password of a person. There is one for each address, in the form of `email_address`."""

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
    """Rows for one transaction. A session replaces the one with the same token hash."""

    credentials: tuple[Credential, ...] = ()
    sessions: tuple[UserSession, ...] = ()
    ended: tuple[str, ...] = ()
    """Token hashes of ended sessions; unknown ones are ignored."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.credentials or self.sessions or self.ended)


class Key(msgspec.Struct, frozen=True):
    """The idempotency key that identifies a request when it is sent again.

    `scope` is the owner of the key, `fingerprint` a digest of the request. The same key with another
    fingerprint is a mistake of the client; it does not get the answer of the other request.
    """

    scope: str
    key: str
    fingerprint: str

    @property
    def name(self) -> tuple[str, str]:
        """The key of the stored answer."""
        return self.scope, self.key


class Kept(msgspec.Struct, frozen=True):
    """The stored answer of a key, with the fingerprint of its request."""

    fingerprint: str
    result: dict[str, str] = {}
    """The result, if the command was accepted."""
    refusal: Refusal | None = None

    @property
    def outcome(self) -> Accepted | Refusal:
        """The answer, without the facts, which are in the log."""
        return Accepted((), self.result) if self.refusal is None else self.refusal


def kept_answer(key: Key, outcome: Accepted | Refusal) -> Kept:
    """Return the answer in its stored form."""
    if isinstance(outcome, Refusal):
        return Kept(key.fingerprint, refusal=outcome)
    return Kept(key.fingerprint, result=outcome.result)
