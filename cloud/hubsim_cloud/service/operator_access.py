"""The tokens with which a client acts as the operator of a world: a configured one, and those of a lab.

A token that a lab issues is valid until the world is closed, or until `ISSUED_MAX` newer ones exist. The
configured token is never returned.
"""

import hashlib
import hmac
import secrets

TOKEN_BYTES = 24
ISSUED_MAX = 100
"""One more token ends the oldest one."""


class OperatorAccess:
    """The operator's tokens of one world; `configured`: None if the operator has no permanent one."""

    def __init__(self, configured: str | None) -> None:
        self._configured = configured
        self._issued: dict[str, None] = {}
        """The hashes of the tokens that were issued, the oldest first."""

    def issue(self) -> str:
        """Return a new token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._issued[_hash(token)] = None
        if len(self._issued) > ISSUED_MAX:
            del self._issued[next(iter(self._issued))]
        return token

    def admits(self, token: str) -> bool:
        """Return whether it is a token of the operator; the configured one is compared in constant time."""
        configured = self._configured
        if configured is not None and hmac.compare_digest(
            token.encode("utf-8", "surrogateescape"), configured.encode()
        ):
            return True
        return _hash(token) in self._issued


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
