"""Settings of the HTTP API."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hubsim_cloud.service.passwords import Hashing


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the API, and what its sessions are made with."""

    body_limit_bytes: Annotated[int, Meta(ge=1_024, le=16_777_216)] = 65_536
    """A larger request is refused with 413. The largest honest one has about 1,000 bytes."""
    body_limit_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """A request whose body is not whole after so long is refused with 408: its sender may be gone."""
    session_hours: Annotated[int, Meta(ge=1, le=8_760)] = 12
    """A token is good for so long after signing in."""
    sse_heartbeat_s: Annotated[float, Meta(gt=0, le=300)] = 15.0
    """A comment is sent on a silent event stream after so long, so that nobody between drops it."""
    sse_stuck_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """A reader of an event stream who takes nothing for so long is disconnected, and can resume."""
    hashing: Hashing = Hashing()
    """How dear password hashes are."""
