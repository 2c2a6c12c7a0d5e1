"""The actuator of a simulated hub. The others need no MQTT client, so they are in another module."""

from hubsim_conform.device.acts import DeviceAct, Prepare, SetClock, SetRegistration, act_json
from hubsim_conform.device.actuator import ActFailed, ActImpossible
from hubsim_conform.device.bench_line import BenchLine, BenchUnreachable
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

_NOT_FITTED = frozenset({BenchRefusal.NO_SUCH_LINK, BenchRefusal.NO_SUCH_SLOT})


class SimulatedActuator:
    """Operates a simulated hub over the bench topics of its simulator."""

    def __init__(self, hub: str, line: BenchLine) -> None:
        self._hub = hub
        self._line = line

    async def act(self, act: DeviceAct) -> None:
        """Perform the act as a bench action."""
        if isinstance(act, SetRegistration):
            raise ActImpossible("the modem of a simulated hub follows its network: it cannot be set")
        if isinstance(act, SetClock):
            raise ActImpossible("the clock of a simulated hub is that of its world: it cannot be set")
        if isinstance(act, Prepare):
            raise ActImpossible("a simulated hub cannot be prepared: put a new one on the bench")
        try:
            await self._line.perform(self._hub, act)
        except BenchActionRefused as refused:
            if refused.name in _NOT_FITTED:
                raise ActImpossible(refused.text) from refused
            raise ActFailed(f"the bench refuses {act_json(act)}: {refused}") from refused
        except BenchUnreachable as error:
            raise ActFailed(str(error)) from error
