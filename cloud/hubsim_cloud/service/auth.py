"""Who is signed in: credentials, sessions, and the tokens that stand for them.

Owns the sessions in memory, which follow the database. Passwords go in and never come out; of tokens only
their SHA-256 is kept. Sessions expire by host time, not by world time, and a host clock that is set back
revives nothing: the highest time seen counts.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Self

import msgspec

from hubsim_cloud.domain.commands import SignUp, SwitchAccount
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import PersonSignedUp
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.service.passwords import Hashing, Passwords
from hubsim_cloud.service.rows import Credential, Key, RowChanges, UserSession
from hubsim_cloud.service.service import CloudService, CommandDone, KeyReused
from hubsim_cloud.service.store import Store

HOUR_MS = 3_600_000
TOKEN_BYTES = 32
SESSIONS_PER_PERSON = 50
"""Who signs in once more ends their oldest session."""
SWEEP_MS = HOUR_MS
"""Expired sessions nobody asks with any more are dropped from memory about this often."""

NOBODY = Actor(person=None)
_SEAL = "seal"


class WrongCredentials(Exception):
    """The address is nobody's, or the password is not theirs; which of the two is not said."""


class SignedIn(msgspec.Struct, frozen=True):
    """A new session, and the token that stands for it: given once, and kept nowhere."""

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
    ) -> None:
        self.seal = seal
        """A secret of this database, for all its time; signs what clients are to bring back unchanged."""
        self._service = service
        self._store = store
        self._passwords = passwords
        self._session_ms = session_ms
        self._host_ms = host_ms
        self._decoy = ""
        """The hash of a password that nobody has."""
        self._latest_ms = 0
        self._swept_ms = 0
        self._sessions: dict[str, UserSession] = {}
        """By token hash, the one created first in front."""
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
    ) -> Self:
        """Return the sessions as the database has them. `host_ms`: the host's clock, since 1970 in UTC.

        `seen_ms`: the highest time that an earlier run is known to have seen on it. Raises `StoreError`.
        """
        seal = await store.meta(_SEAL)
        if seal is None:
            seal = secrets.token_bytes(TOKEN_BYTES)
            await store.set_meta(_SEAL, seal)
        session_ms = session_hours * HOUR_MS
        auth = cls(service, store, Passwords(hashing), session_ms=session_ms, host_ms=host_ms, seal=seal)
        auth._decoy = await auth._passwords.hash(secrets.token_urlsafe(TOKEN_BYTES))
        # Expired ones too: the latest of them says how late it has been already.
        stored = sorted(await store.sessions(0), key=lambda session: session.created_ms)
        auth._latest_ms = max(seen_ms, stored[-1].created_ms if stored else 0)
        auth._sessions = {session.token_hash: session for session in stored}
        auth._sweep()
        return auth

    @property
    def sessions(self) -> int:
        """How many sessions are kept; a few of them may have expired."""
        return len(self._sessions)

    def now_ms(self) -> int:
        """Return the host time, or the highest that was seen when the clock was set back."""
        self._latest_ms = max(self._latest_ms, self._host_ms())
        return self._latest_ms

    # ------------------------------------------------------------------ signing up and in

    async def sign_up(self, email: str, name: str, password: str, key: Key | None = None) -> CommandDone:
        """Make an account with a password; both are durable, or neither. Raises as `CloudService.submit`."""
        password_hash = await self._passwords.hash(password)

        def rider(accepted: Accepted) -> RowChanges:
            (fact,) = accepted.facts
            assert isinstance(fact, PersonSignedUp)
            return RowChanges(credentials=(Credential(fact.person, fact.email, password_hash),))

        done = await self._service.submit(NOBODY, SignUp(email=email, name=name), key=key, rider=rider)
        if key is not None and done.replayed and isinstance(done.outcome, Accepted):
            await self._check_replayed(email, password, key)
        return done

    async def _check_replayed(self, email: str, password: str, key: Key) -> None:
        """Refuse a repeated request that has another password; no digest of one is kept to compare with."""
        credential = await self._store.credential(_as_kept(email))
        if credential is None or not await self._passwords.matches(credential.password_hash, password):
            raise KeyReused(key)

    async def sign_in(self, email: str, password: str, app: App) -> SignedIn:
        """Begin a session in the personal account.

        Raises `WrongCredentials`, after as much work for an unknown address as for a wrong password;
        `TooBusy`; and `StoreError`, `StorageDown` and `CloudStopped`, with which nothing has begun.
        """
        credential = await self._store.credential(_as_kept(email))
        known_hash = self._decoy if credential is None else credential.password_hash
        matches = await self._passwords.matches(known_hash, password)
        if credential is None or not matches:
            raise WrongCredentials("e-mail address or password is wrong")
        renewed: tuple[Credential, ...] = ()
        if self._passwords.outdated(known_hash):
            renewed_hash = await self._passwords.hash(password)
            renewed = (msgspec.structs.replace(credential, password_hash=renewed_hash),)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now_ms = self.now_ms()
        session = UserSession(
            token_hash=_hash(token),
            person=credential.person,
            app=app,
            account=None,
            expires_ms=now_ms + self._session_ms,
            created_ms=now_ms,
        )
        oldest = self._surplus(credential.person)
        await self._service.keep(RowChanges(credentials=renewed, sessions=(session,), ended=oldest))
        for token_hash in oldest:
            self._drop(token_hash)
        self._sessions[session.token_hash] = session
        self._sweep()
        return SignedIn(token, session)

    # ------------------------------------------------------------------ sessions

    def session(self, token: str) -> UserSession | None:
        """Return the session that the token stands for, or None when it has ended or expired."""
        return self.current(_hash(token))

    def current(self, token_hash: str) -> UserSession | None:
        """Return the session as it is now, or None when it has ended or expired."""
        session = self._sessions.get(token_hash)
        if session is not None and session.expires_ms <= self.now_ms():
            self._drop(token_hash)
            return None
        return session

    async def switch(
        self, session: UserSession, command: SwitchAccount, key: Key | None = None
    ) -> CommandDone:
        """Let the session act for another account, if the person may. Raises as `CloudService.submit`."""
        actor = Actor(session.person, session.app, session.account)
        switched = msgspec.structs.replace(session, account=command.company)

        def rider(_accepted: Accepted) -> RowChanges:
            # A session that is ending must not be written again behind its end.
            return RowChanges(sessions=(switched,)) if session.token_hash in self._sessions else RowChanges()

        done = await self._service.submit(actor, command, key=key, rider=rider)
        if isinstance(done.outcome, Accepted) and not done.replayed and session.token_hash in self._sessions:
            self._sessions[session.token_hash] = switched
            self._tell(session.token_hash)
        return done

    async def sign_out(self, session: UserSession) -> None:
        """End the session and its streams. Raises `StorageDown` or `CloudStopped`, and it goes on then."""
        present = self._sessions.pop(session.token_hash, None)
        try:
            await self._service.keep(RowChanges(ended=(session.token_hash,)))
        except BaseException:
            if present is not None:
                self._sessions[session.token_hash] = present
            raise
        self._tell(session.token_hash)

    def watch(self, token_hash: str, wake: Callable[[], None]) -> None:
        """Have `wake` called when the session ends, or acts for another account."""
        self._watchers.setdefault(token_hash, {})[wake] = None

    def unwatch(self, token_hash: str, wake: Callable[[], None]) -> None:
        """Take `watch` back."""
        watchers = self._watchers.get(token_hash, {})
        watchers.pop(wake, None)
        if not watchers:
            self._watchers.pop(token_hash, None)

    # ------------------------------------------------------------------ inside

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
        self._tell(token_hash)

    def _tell(self, token_hash: str) -> None:
        for wake in tuple(self._watchers.get(token_hash, ())):
            wake()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _as_kept(email: str) -> str:
    """Return the address as `email_address` gives it, whether it is one or not."""
    return email.strip().lower()
