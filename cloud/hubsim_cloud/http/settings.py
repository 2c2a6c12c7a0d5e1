"""Settings of the HTTP API."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hubsim_cloud.service.passwords import Hashing


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the API and of its sessions."""

    body_limit_bytes: Annotated[int, Meta(ge=1_024, le=16_777_216)] = 65_536
    """A larger request is refused with 413. The largest valid one has about 1,000 bytes."""
    body_limit_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """A request whose body is not complete after this time is refused with 408; its sender may be gone."""
    session_hours: Annotated[int, Meta(ge=1, le=8_760)] = 12
    """A token is valid for this time after signing in."""
    sse_heartbeat_s: Annotated[float, Meta(gt=0, le=300)] = 15.0
    """An idle event stream sends a comment after this time, so that no proxy drops it."""
    sse_stuck_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """A reader of an event stream that receives nothing for this time is disconnected, and can resume."""
    host_names: tuple[str, ...] = ()
    """Names under which the API answers, in addition to loopback names and the address that a client has
    reached. A request under another name is refused with 421."""
    hashing: Hashing = Hashing()
    """The cost of password hashes."""
