"""The address of a broker, parsed from a URL."""

from urllib.parse import unquote, urlsplit

import msgspec

_PLAIN_PORT, _TLS_PORT = 1883, 8883
_SCHEMES = {"mqtt": False, "mqtts": True}


class BadBrokerUrl(ValueError):
    """A text that is not a broker URL. The message never contains the password."""


class BrokerUrl(msgspec.Struct, frozen=True):
    """The address of a broker, and the credentials for it. Its text form omits the password."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, text: str) -> "BrokerUrl":
        """Parse `mqtt://host:port` or `mqtts://user:password@host:port`. Raises `BadBrokerUrl`.

        The default ports are 1883 and 8883 (TLS). Special characters in user and password must be
        percent-encoded.
        """
        expected = "mqtt://host:port or mqtts://user:password@host:port is expected"
        try:
            parts = urlsplit(text.strip())
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")
        except ValueError:
            # the message of urllib is not used: it quotes the URL with the password
            advice = "special characters in user and password must be percent-encoded"
            raise BadBrokerUrl(
                f"not a broker URL (host or port cannot be read; {advice}): {expected}"
            ) from None
        if parts.scheme not in _SCHEMES:
            raise BadBrokerUrl(f"not a broker URL (scheme {parts.scheme!r}): {expected}")
        if not host or any(char.isspace() or not char.isprintable() for char in host):
            raise BadBrokerUrl(f"not a broker URL (no host): {expected}")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise BadBrokerUrl(f"not a broker URL (something follows the port): {expected}")
        tls = _SCHEMES[parts.scheme]
        if port == 0:
            raise BadBrokerUrl(f"not a broker URL (port 0): {expected}")
        return cls(
            host=host,
            port=port or (_TLS_PORT if tls else _PLAIN_PORT),
            tls=tls,
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    __repr__ = __str__
