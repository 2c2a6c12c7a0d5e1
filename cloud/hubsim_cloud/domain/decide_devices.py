"""Decides the operator's commands about devices: what the cloud knows from the messages of a hub."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.commands import BaseCommand, ForgetDevice
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import DeviceForgotten
from hubsim_cloud.domain.lookups import hub_name
from hubsim_cloud.domain.refusals import RefusalName, Refused


def handle_forget_device(context: DecisionContext, command: ForgetDevice) -> Accepted:
    """Forget what the hub has published. No fact if there is nothing to forget."""
    hub, state = hub_name(command.hub), context.state
    device = state.devices.get(hub)
    if device is None and hub not in state.hubs:
        raise Refused(
            RefusalName.HUB_NOT_FOUND, f"Hub {hub} has never published a message: check its id.", hub=hub
        )
    if device is None or device.is_blank:
        return Accepted(())
    return Accepted((DeviceForgotten(at_ms=context.now_ms, by=context.by, hub=hub),))


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    ForgetDevice: handle_forget_device,
}
