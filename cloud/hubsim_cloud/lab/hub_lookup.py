"""Finds a hub in a world of the lab: on the bench, or known to the cloud alone."""

from hubsim_cloud.domain.views.device import knows
from hubsim_cloud.lab.errors import NoSimulator, NoSuchHub
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_contract.lab.protocol import HubShown


async def simulated_hub(lab: WorldControl, hub: str) -> HubShown | None:
    """Return a hub on the bench; None for one that is not simulated, but known to the cloud.

    Raises `NotThere` for an unknown one, `NoSimulator` when the simulator is gone.
    """
    try:
        return await lab.hub(hub)
    except (NoSuchHub, NoSimulator) as error:
        if isinstance(error, NoSimulator) and lab.had_simulator:
            raise
        if not (knows(lab.engine.state, hub) or lab.world.watch.has(hub)):
            raise
        return None
