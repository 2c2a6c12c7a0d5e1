"""The form in which the tokens of sessions and of the operator are kept: a hash, which no client can send."""

import hashlib


def hash_of_token(token: str) -> str:
    """Return the SHA-256 of a token, also of one that is not UTF-8."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
