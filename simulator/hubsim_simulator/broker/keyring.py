"""The keyring: passwords of the broker's users, in one private file.

Each station has a password in the file. The password of a hub is derived from one random key and the hub's
id. Ten thousand hubs therefore need no list, and a new hub needs no change.
Promises: other users can never read a keyring file, and no text, repr or error of this module contains a
secret. Only `hubsim credentials show` prints passwords.
"""

import hashlib
import hmac
import os
import secrets
import stat
from base64 import b32encode
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from hubsim_contract.mqtt.access import Party, party_of
from hubsim_simulator.broker.errors import BadKeyring, FileStands, HubRevoked, UnknownUser

MAX_KEYRING_BYTES = 4 * 1024 * 1024
"""Maximum size of a keyring file: about 300,000 revoked hubs. A larger file is refused."""
MIN_PASSWORD_LENGTH = 16
"""Characters. Shorter passwords are refused, because brokers store only fast hashes of them."""
PRIVATE_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_KEY_BYTES = 32
_GROUPS, _GROUP = 5, 5  # 25 characters of 5 bits: 125 bits

Password = Annotated[str, msgspec.Meta(min_length=MIN_PASSWORD_LENGTH, max_length=256)]
Key = Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=256)]
HubId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-F]{8}\Z")]


class Keyring(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The secrets of one broker. Immutable: `without` returns a new keyring."""

    cloud: Password
    simulator: Password
    bench: Password
    hub_key: Key
    """The key from which the passwords of all hubs are derived; base64 in the file."""
    revoked: frozenset[HubId] = frozenset()
    """Hubs that may no longer connect."""

    @classmethod
    def new(cls) -> "Keyring":
        """Return a keyring with new random secrets."""
        cloud, simulator, bench = (_typed(secrets.token_bytes(_KEY_BYTES)) for _ in range(3))
        return cls(cloud=cloud, simulator=simulator, bench=bench, hub_key=secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a keyring file. Raises `BadKeyring`, also for a file that other users can read."""
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                text = file.read(MAX_KEYRING_BYTES + 1)
        except OSError as error:
            raise BadKeyring(str(path), f"{error.strerror}; 'hubsim credentials new' creates one") from error
        if mode & _OTHERS:
            raise BadKeyring(str(path), f"other users have access (mode {mode:04o}): run 'chmod 600 {path}'")
        if len(text) > MAX_KEYRING_BYTES:
            raise BadKeyring(str(path), f"it has more than {MAX_KEYRING_BYTES} bytes")
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadKeyring(str(path), f"{error}; 'hubsim credentials new' creates a valid one") from None

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the file so that only its owner can read it. Raises `FileStands` for a file that exists."""
        text = msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2).decode() + "\n"
        write_private(path, text, overwrite=overwrite)

    def password(self, user: str) -> str:
        """Return the password of a user, named as on the wire. Raises `UnknownUser` or `HubRevoked`."""
        match party_of(user):
            case None:
                raise UnknownUser(user)
            case Party.HUB if user in self.revoked:
                raise HubRevoked(user)
            case Party.HUB:
                return _typed(hmac.digest(self.hub_key, user.encode(), hashlib.sha256))
            case Party.CLOUD:
                return self.cloud
            case Party.SIMULATOR:
                return self.simulator
            case Party.BENCH:
                return self.bench

    def knows(self, user: str) -> bool:
        """Return whether the user has a password: it is known and not revoked."""
        return party_of(user) is not None and user not in self.revoked

    def accepts(self, user: str, password: str) -> bool:
        """Return whether the password is correct. The comparison takes constant time."""
        if not self.knows(user):
            return False
        return hmac.compare_digest(self.password(user).encode(), password.encode("utf-8", "replace"))

    def without(self, hubs: Iterable[str]) -> "Keyring":
        """Return this keyring with these hubs revoked."""
        return msgspec.structs.replace(self, revoked=self.revoked.union(hubs))

    def __repr__(self) -> str:
        return f"Keyring({len(self.revoked)} hubs revoked)"


def write_private(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a file that only its owner can read. An existing file is replaced atomically.

    Raises `OSError`, and `FileStands` for an existing file without `overwrite`.
    """
    place = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new") if overwrite else path
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    except FileExistsError:
        raise FileStands(str(path)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            place.replace(path)
    except BaseException:
        place.unlink()
        raise


def _typed(secret: bytes) -> str:
    """Return the secret in a form that is easy to type: groups of lower-case letters and digits 2 to 7."""
    text = b32encode(secret).decode().lower()
    return "-".join(text[place : place + _GROUP] for place in range(0, _GROUPS * _GROUP, _GROUP))
