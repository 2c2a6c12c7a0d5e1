"""Runs the checks on a small hub in virtual time: no socket, no process, no waiting."""

import asyncio
from collections.abc import Sequence

from small_hub_ports import Limits
from small_hub_shell import SmallHubDevice
from virtual_loop import run_virtually

from hubsim_conform.bench.bench_broker import BenchBroker
from hubsim_conform.checks.check import Suite
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds
from hubsim_conform.device.device_control import DeviceControl
from hubsim_conform.running.outcome import CheckOutcome, RuleVerdict
from hubsim_conform.running.run import RunOutcome, RunPlan, run_checks
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.broker_server import BrokerServer
from hubsim_simulator.broker.limits import DEFAULT_LIMITS
from hubsim_simulator.broker.model import ShutdownKind

HUB = "0A1B2C3D"
WALL_MS = 1_768_464_000_000
SMALL_HUB = Capabilities(name="small hub", version="1.0")


SHORT_BOUNDS = Limits(
    connack_s=1.0, suback_s=1.0, puback_s=1.5, first_s=0.1, longest_s=0.8, steady_s=0.5, heard_s=1.5
)
"""Those of the example in docs/conform.md: the hub leaves for many reasons long before its keepalive."""
SHORT_HUB = Capabilities(
    name="small hub with short bounds",
    bounds=DeclaredBounds(
        connack_s=SHORT_BOUNDS.connack_s,
        suback_s=SHORT_BOUNDS.suback_s,
        puback_s=SHORT_BOUNDS.puback_s,
        reconnect_first_s=SHORT_BOUNDS.first_s,
        reconnect_longest_s=SHORT_BOUNDS.longest_s,
        online_after_s=SHORT_BOUNDS.steady_s,
        heard_s=SHORT_BOUNDS.heard_s,
        act_s=0.01,
    ),
)


class VirtualBroker:
    """The embedded broker on the network in memory."""

    async def start(self) -> BrokerUrl:
        loop = asyncio.get_running_loop()
        self._broker = BrokerServer(DEFAULT_LIMITS, None)
        self._server = await loop.create_server(self._broker.new_connection, "127.0.0.1", 0)
        self._broker.begin()
        return BrokerUrl("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        await self._broker.stop(ShutdownKind.TERMINATE)


def broker() -> BenchBroker:
    return VirtualBroker()


def conform(
    *defects: str,
    rules: Sequence[str] = (),
    suites: Sequence[Suite] = (Suite.STANDARD,),
    capabilities: Capabilities = SMALL_HUB,
    seed: int = 1,
    devices: int = 1,
    long_s: float = 3600.0,
    hub: str = HUB,
    limits: Limits | None = None,
    interrupted_after: str = "",
) -> RunOutcome:
    """Run the checks on a small hub with these defects, and these bounds or those of the contract.

    `interrupted_after`: the run is cancelled when the check of this name has ended.
    """
    of_hub = limits or Limits()

    def device(number: str) -> DeviceControl:
        return SmallHubDevice(number, WALL_MS, of_hub, frozenset(defects), seed)

    plan = RunPlan(
        hub=hub,
        prefix="hubsim/v1",
        broker="in memory",
        again="hubsim conform ...",
        capabilities=capabilities,
        seed=seed,
        rules=tuple(rules),
        suites=tuple(suites),
        devices=devices,
        long_s=long_s,
    )

    async def run() -> RunOutcome:
        def progress(outcome: CheckOutcome) -> None:
            if outcome.check == interrupted_after:
                task.cancel()

        task = asyncio.ensure_future(run_checks(plan, device, broker, progress, wall_ms=lambda: WALL_MS))
        return await task

    return run_virtually(run)


def with_verdict(run: RunOutcome, verdict: RuleVerdict) -> dict[str, str]:
    """Return the rules with a verdict, and the reasons."""
    return {result.rule: result.reason for result in run.rules if result.verdict is verdict}
