"""Finds a hub in a world of the lab: on the bench, or any other one."""

from hubsim_cloud.lab.errors import NoSimulator, NoSuchHub
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_contract.lab.protocol import HubShown
from hubsim_contract.wire.identifiers import HUB_ID


async def simulated_hub(lab: WorldControl, hub: str) -> HubShown | None:
    """Return a hub on the bench; None for one that is not simulated, also if it has never connected.

    Raises `NoSuchHub` for what is not the id of a hub, `NoSimulator` when the simulator is gone.
    """
    try:
        return await lab.hub(hub)
    except (NoSuchHub, NoSimulator) as error:
        if isinstance(error, NoSimulator) and lab.had_simulator:
            raise
        if not HUB_ID.fullmatch(hub):
            raise
        return None
