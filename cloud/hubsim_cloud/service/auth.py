"""Authentication: credentials, sessions, and the tokens of sessions.

Owns the sessions in memory, a copy of those in the database. Passwords are never returned, and only the
SHA-256 of a token is stored. Sessions expire by host time, not by world time. If the host's clock is set
back, they move back with it (`session_clock`).
"""

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Self

import msgspec

from hubsim_cloud.domain.commands import SignUp, SwitchAccount
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import PersonSignedUp
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.domain.validation import normal_email
from hubsim_cloud.service.passwords import Hashing, Passwords
from hubsim_cloud.service.rows import Credential, Key, RowChanges, UserSession
from hubsim_cloud.service.service import CloudService, CommandDone, KeyReused
from hubsim_cloud.service.session_clock import SessionClock, moved_back
from hubsim_cloud.service.sign_in_limits import Limited, SignInLimits, Visitor, network_of
from hubsim_cloud.service.sign_in_log import SignInLog
from hubsim_cloud.service.store import Batch, Store
from hubsim_cloud.service.tokens import hash_of_token
from hubsim_cloud.service.waiting_room import TooBusy
from hubsim_storage.errors import StoreError

HOUR_MS = 3_600_000
TOKEN_BYTES = 32
SESSIONS_PER_PERSON = 50
"""The limit for one person. A further sign-in ends the person's oldest session."""
SWEEP_MS = HOUR_MS
"""The interval at which expired sessions are removed from memory."""

NOBODY = Actor(person=None)
_SEAL = "seal"


class WrongCredentials(Exception):
    """The address or the password is wrong. Does not reveal which of the two."""


class TooManyAttempts(Exception):
    """A limit of wrong passwords refuses the attempt; its password was not checked."""

    def __init__(self, limited: Limited) -> None:
        super().__init__("too many wrong passwords; try again later")
        self.limited = limited


class SignInOutcome(StrEnum):
    """How an attempt to sign in ended, for metrics."""

    ACCEPTED = "accepted"
    WRONG = "wrong_credentials"
    LIMITED = "too_many_attempts"
    TOO_BUSY = "too_busy"


class SignedIn(msgspec.Struct, frozen=True):
    """A new session and its token. The token is returned only here, and not stored."""

    token: str
    session: UserSession

    def __repr__(self) -> str:
        return f"SignedIn(session={self.session!r})"


class Auth:
    """The sessions of one cloud. Use `Auth.open`."""

    def __init__(
        self,
        service: CloudService,
        store: Store,
        passwords: Passwords,
        *,
        session_ms: int,
        host_ms: Callable[[], int],
        seal: bytes,
        attempted: Callable[[SignInOutcome], None],
    ) -> None:
        self.seal = seal
        """A permanent secret of this database. It signs values that clients must return unchanged."""
        self._service = service
        self._store = store
        self._passwords = passwords
        self._session_ms = session_ms
        self._clock = SessionClock(host_ms, 0, self._move_back)
        self._unsaved: set[str] = set()
        """The sessions that have moved back, or have expired before that, since the last `keep_sessions`."""
        self._decoy = ""
        """The hash of a random password, checked for unknown addresses."""
        self._attempted = attempted
        self._limits = SignInLimits()
        self._limit_log = SignInLog()
        self._swept_ms = 0
        self._sessions: dict[str, UserSession] = {}
        """By token hash, the oldest first."""
        self._watchers: dict[str, dict[Callable[[], None], None]] = {}

    @classmethod
    async def open(
        cls,
        service: CloudService,
        store: Store,
        *,
        session_hours: int,
        hashing: Hashing,
        host_ms: Callable[[], int],
        seen_ms: int = 0,
        attempted: Callable[[SignInOutcome], None] = lambda _: None,
    ) -> Self:
        """Load the sessions from the database. `host_ms`: the host's clock, since 1970 in UTC.

        `seen_ms`: the highest time of this clock that is known from an earlier run. `attempted` gets the
        outcome of each attempt to sign in. Raises `StoreError`.
        """
        seal = await store.meta(_SEAL)
        if seal is None:
            seal = secrets.token_bytes(TOKEN_BYTES)
            await store.set_meta(_SEAL, seal)
        session_ms = session_hours * HOUR_MS
        auth = cls(
            service,
            store,
            Passwords(hashing),
            session_ms=session_ms,
            host_ms=host_ms,
            seal=seal,
            attempted=attempted,
        )
        auth._decoy = await auth._passwords.hash(secrets.token_urlsafe(TOKEN_BYTES))
        # Expired sessions too: the latest one gives a lower limit for the time.
        stored = sorted(await store.sessions(0), key=lambda session: session.created_ms)
        latest_ms = max(seen_ms, stored[-1].created_ms if stored else 0)
        auth._clock = SessionClock(host_ms, latest_ms, auth._move_back)
        auth._sessions = {session.token_hash: session for session in stored}
        auth._sweep()
        return auth

    @property
    def sessions(self) -> int:
        """The number of sessions in memory; a few of them may have expired."""
        return len(self._sessions)

    def now_ms(self) -> int:
        """Return the host time, or the highest host time seen after a small step back."""
        return self._clock.now_ms()

    async def keep_sessions(self) -> None:
        """Store the sessions that have moved with a clock that was set back. Raises `StoreError`."""
        unsaved = self._unsaved
        if not unsaved:
            return
        moved = tuple(self._sessions[name] for name in unsaved if name in self._sessions)
        ended = tuple(unsaved - {session.token_hash for session in moved})
        self._unsaved = set()
        try:
            await self._store.commit(Batch(rows=RowChanges(sessions=moved, ended=ended)))
        except StoreError:
            self._unsaved |= unsaved
            raise

    # ------------------------------------------------------------------ signing up and in

    async def sign_up(
        self, email: str, name: str, password: str, key: Key | None = None, *, host: str = ""
    ) -> CommandDone:
        """Create an account and its password in one transaction. Raises as `CloudService.submit`.

        `host` is the address of the client, as in `sign_in`.
        """
        visitor = Visitor(normal_email(email), network_of(host))
        password_hash = await self._passwords.hash(password, visitor)

        def row_changes(accepted: Accepted) -> RowChanges:
            (fact,) = accepted.facts
            assert isinstance(fact, PersonSignedUp)
            return RowChanges(credentials=(Credential(fact.person, fact.email, password_hash),))

        command = SignUp(email=email, name=name)
        done = await self._service.submit(NOBODY, command, key=key, row_changes=row_changes)
        if key is not None and done.replayed and isinstance(done.outcome, Accepted):
            await self._check_replayed(visitor, password, key)
        elif isinstance(done.outcome, Accepted):
            self._limits.succeeded(visitor, self._clock.steady_ms())
        return done

    async def _check_replayed(self, visitor: Visitor, password: str, key: Key) -> None:
        """Refuse a repeated request with another password. The stored fingerprint does not include it."""
        credential = await self._store.credential(visitor.account)
        if credential is None or not await self._matches(visitor, credential.password_hash, password):
            raise KeyReused(key)

    async def sign_in(self, email: str, password: str, app: App, *, host: str = "") -> SignedIn:
        """Begin a session in the personal account. `host` is the address of the client.

        Raises `WrongCredentials`; an unknown address takes as much work as a wrong password. Raises
        `TooManyAttempts`, `TooBusy`, `StoreError`, `StorageDown` and `CloudStopped`; then there is no new
        session.
        """
        visitor = Visitor(normal_email(email), network_of(host))
        try:
            signed_in = await self._sign_in(visitor, password, app)
        except (WrongCredentials, TooManyAttempts, TooBusy) as error:
            self._attempted(_OUTCOMES[type(error)])
            raise
        self._attempted(SignInOutcome.ACCEPTED)
        return signed_in

    async def _matches(self, visitor: Visitor, password_hash: str, password: str) -> bool:
        """Compare a password within the limits, and count a wrong one. Raises `TooManyAttempts`."""

        def check() -> None:
            limited = self._limits.check(visitor, self._clock.steady_ms())
            if limited is not None:
                raise TooManyAttempts(limited)

        check()
        known = self._limits.is_known(visitor, self._clock.steady_ms())
        # the failures of others may have reached the limit while this attempt waited
        if await self._passwords.matches(password_hash, password, visitor, known=known, still=check):
            return True
        limited = self._limits.failed(visitor, self._clock.steady_ms())
        if limited is not None:
            self._limit_log.write(visitor, limited, self._clock.steady_ms())
        return False

    async def _sign_in(self, visitor: Visitor, password: str, app: App) -> SignedIn:
        credential = await self._store.credential(visitor.account)
        known_hash = self._decoy if credential is None else credential.password_hash
        matches = await self._matches(visitor, known_hash, password)
        if credential is None or not matches:
            raise WrongCredentials("e-mail address or password is wrong")
        renewed: tuple[Credential, ...] = ()
        if self._passwords.outdated(known_hash):
            renewed_hash = await self._passwords.hash(password, visitor, known=True)
            renewed = (msgspec.structs.replace(credential, password_hash=renewed_hash),)
        signed_in = await self._begin(credential.person, app, renewed)
        self._limits.succeeded(visitor, self._clock.steady_ms())
        return signed_in

    async def sign_in_without_password(self, person: str, app: App) -> SignedIn:
        """Begin a session in the personal account, for a lab. The limits of passwords do not apply.

        `person` is the id of a person who exists. Raises `StorageDown` and `CloudStopped`.
        """
        signed_in = await self._begin(person, app)
        self._attempted(SignInOutcome.ACCEPTED)
        return signed_in

    async def _begin(self, person: str, app: App, renewed: tuple[Credential, ...] = ()) -> SignedIn:
        """Store a new session, and end the oldest one of a person who has too many."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now_ms = self.now_ms()
        session = UserSession(
            token_hash=hash_of_token(token),
            person=person,
            app=app,
            account=None,
            expires_ms=now_ms + self._session_ms,
            created_ms=now_ms,
        )
        oldest = self._surplus(person)
        await self._service.keep(RowChanges(credentials=renewed, sessions=(session,), ended=oldest))
        for token_hash in oldest:
            self._drop(token_hash)
        self._sessions[session.token_hash] = session
        self._sweep()
        return SignedIn(token, session)

    # ------------------------------------------------------------------ sessions

    def session(self, token: str) -> UserSession | None:
        """Return the session of the token, or None if it has ended or expired."""
        return self.current(hash_of_token(token))

    def current(self, token_hash: str) -> UserSession | None:
        """Return the current session, or None if it has ended or expired."""
        now_ms = self.now_ms()
        session = self._sessions.get(token_hash)
        if session is not None and session.expires_ms <= now_ms:
            self._drop(token_hash)
            return None
        return session

    async def switch(
        self, session: UserSession, command: SwitchAccount, key: Key | None = None
    ) -> CommandDone:
        """Switch the session to another account, if the person may. Raises as `CloudService.submit`."""
        actor = Actor(session.person, session.app, session.account)
        switched = msgspec.structs.replace(session, account=command.company)

        def row_changes(_accepted: Accepted) -> RowChanges:
            # A session that is ending must not be written again after its end.
            return RowChanges(sessions=(switched,)) if session.token_hash in self._sessions else RowChanges()

        done = await self._service.submit(actor, command, key=key, row_changes=row_changes)
        if isinstance(done.outcome, Accepted) and not done.replayed and session.token_hash in self._sessions:
            self._sessions[session.token_hash] = switched
            self._notify(session.token_hash)
        return done

    async def sign_out(self, session: UserSession) -> None:
        """End the session and its streams. After `StorageDown` or `CloudStopped` the session continues."""
        present = self._sessions.pop(session.token_hash, None)
        try:
            await self._service.keep(RowChanges(ended=(session.token_hash,)))
        except BaseException:
            if present is not None:
                self._sessions[session.token_hash] = present
            raise
        self._notify(session.token_hash)

    def watch(self, token_hash: str, wake: Callable[[], None]) -> None:
        """Call `wake` when the session ends or switches the account."""
        self._watchers.setdefault(token_hash, {})[wake] = None

    def unwatch(self, token_hash: str, wake: Callable[[], None]) -> None:
        """Undo `watch`."""
        watchers = self._watchers.get(token_hash, {})
        watchers.pop(wake, None)
        if not watchers:
            self._watchers.pop(token_hash, None)

    # ------------------------------------------------------------------ internal

    def _move_back(self, old_ms: int, by_ms: int) -> None:
        """Follow a host clock that was set back."""
        moved = moved_back(self._sessions.values(), old_ms, by_ms)
        self._unsaved |= self._sessions.keys()
        for token_hash in self._sessions.keys() - moved.keys():
            self._drop(token_hash)
        self._sessions |= moved
        self._swept_ms -= by_ms

    def _surplus(self, person: str) -> tuple[str, ...]:
        own = [name for name, session in self._sessions.items() if session.person == person]
        return tuple(own[: max(0, len(own) - SESSIONS_PER_PERSON + 1)])

    def _sweep(self) -> None:
        now_ms = self.now_ms()
        if now_ms < self._swept_ms + SWEEP_MS:
            return
        self._swept_ms = now_ms
        for token_hash, session in list(self._sessions.items()):
            if session.expires_ms <= now_ms:
                self._drop(token_hash)

    def _drop(self, token_hash: str) -> None:
        self._sessions.pop(token_hash, None)
        self._notify(token_hash)

    def _notify(self, token_hash: str) -> None:
        for wake in tuple(self._watchers.get(token_hash, ())):
            wake()


_OUTCOMES = {
    WrongCredentials: SignInOutcome.WRONG,
    TooManyAttempts: SignInOutcome.LIMITED,
    TooBusy: SignInOutcome.TOO_BUSY,
}
