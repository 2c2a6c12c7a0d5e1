"""The carrier core of a process, by its shard."""

from hubsim_contract.lab.shards import Shard
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.radio_relay import RadioRelay
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.carrier.shared_carrier import SharedCarrier

AnyCarrier = Carrier | SharedCarrier | RadioRelay


def carrier_here(carrier: AnyCarrier) -> Carrier | None:
    """Return the carrier itself if it runs in this process, otherwise None."""
    match carrier:
        case SharedCarrier():
            return carrier.whole
        case RadioRelay():
            return None
        case _:
            return carrier


def carrier_of(settings: CarrierSettings, shard: Shard, run: str, memory: bytes | None = None) -> AnyCarrier:
    """Return the carrier for the hubs of a shard: the carrier itself in shard 1, a relay to it in all others.

    `run` names this run of the process. Raises `BadMemory`.
    """
    if shard.is_whole:
        return Carrier(settings, memory)
    if shard.serves_carrier:
        return SharedCarrier(settings, shard, run, memory)
    return RadioRelay(settings.prefix, shard, memory)
