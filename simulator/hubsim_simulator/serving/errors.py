"""The errors of a simulator that cannot serve. Their texts say what to do."""

from hubsim_contract.lab.protocol import CANNOT_STORE
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_storage.errors import StoreError


class SimulatorError(Exception):
    """The simulator cannot start, or cannot perform a request."""


class SimulatorTaken(SimulatorError):
    """Another simulator serves hubs of this one, under the same prefix on the same broker."""

    def __init__(self, prefix: str, shard: Shard = WHOLE, other: Shard = WHOLE) -> None:
        served = repr(prefix)
        if not (shard.is_whole and other.is_whole):
            served = f"shard {other} of {prefix!r}, which has hubs of shard {shard},"
        super().__init__(
            f"another simulator serves {served} on this broker: stop it, or choose another --prefix"
        )
        self.prefix = prefix
        self.shard = shard
        self.other = other


class CannotServe(SimulatorError):
    """A request is refused; `name` is the name of the refusal."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class CannotStore(CannotServe):
    """The simulator cannot write its database now, and nothing was done."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(CANNOT_STORE, f"the simulator can change nothing now: {error}")
