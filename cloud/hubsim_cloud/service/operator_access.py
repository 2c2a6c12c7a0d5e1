"""The tokens with which a client acts as the operator of a world: a configured one, and those of a lab.

A token that a lab issues is valid until the world is closed, or until `ISSUED_MAX` newer ones exist. The
configured token is never returned.
"""

import hmac
import secrets

from hubsim_cloud.service.tokens import hash_of_token

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
        self._issued[hash_of_token(token)] = None
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
        return hash_of_token(token) in self._issued
