"""Checks of the world around a hub: a SIM cut-off and its end, a clock that jumps, and a long run."""

from hubsim_conform.checks.check import Check, Suite
from hubsim_conform.checks.connecting import needs_restart
from hubsim_conform.checks.events import event_of, needs_acts
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, Situation
from hubsim_conform.device.acts import SetRegistration
from hubsim_conform.device.capabilities import Capabilities
from hubsim_contract.wire.messages import Registration, ServiceState, Signal

LONG_ROUND_S = 300.0
"""A round of the long suite: changes, a cut, then silence of about this length."""


def _needs_network(device: Capabilities) -> str | None:
    return device.lacks(SetRegistration(registration=Registration.DENIED))


async def _sim_cut_off(situation: Situation) -> None:
    """End the service and deny the card in the network; then bring both back."""
    bench = situation.bench
    home = SetRegistration(
        registration=Registration.ROAMING, generation="4G", signal=Signal.STRONG, active_sim=1
    )
    denied = SetRegistration(registration=Registration.DENIED, signal=Signal.STRONG, active_sim=1)
    await bench.act(home)
    await situation.settle(service=ServiceState.ACTIVE)
    for act, cut_off in ((denied, True), (home, False)):
        after = situation.mark()
        await situation.settle(
            service=ServiceState.ACTIVATION_REQUIRED if cut_off else ServiceState.ACTIVE, sim_cut_off=cut_off
        )
        await bench.act(act)
        await situation.expect(
            "MQ-4.state",
            lambda after=after, act=act: situation.report(after, registration=act.registration.value),  # type: ignore[misc]
            situation.bounds.report_s + SLACK_S,
            f"a report with `registration` {act.registration.value}",
            situation.last_entry(),
            symptom="hardware not reported",
        )


async def _clock_set_back(situation: Situation) -> None:
    """Set the clock of the hub back by a day and restart it: the boot number grows nevertheless."""
    bench = situation.bench
    await situation.settle()
    before = await situation.online()
    await bench.set_clock(-86_400)
    await situation.settle()
    await bench.power_off()
    await bench.power_on()
    await situation.online_again(before)
    await situation.settle()
    await bench.set_clock(86_400)
    await situation.settle()


async def _long_run(situation: Situation) -> None:
    """Repeat a round until the end of the time."""
    bench = situation.bench
    end_s = bench.now_s() + bench.plan.long_s
    acts = situation.hardware_acts() if needs_acts(bench.capabilities) is None else ()
    while bench.now_s() < end_s:
        await situation.settle(armed=bench.chance.random() < 0.5)  # noqa: PLR2004 (a coin)
        for act in acts:
            await event_of(situation, act)
        if bench.chance.random() < 0.5:  # noqa: PLR2004 (a coin)
            await situation.reconnect("the bench cuts the connection")
        await situation.online()
        await bench.idle(min(bench.chance.uniform(0.5, 1.5) * LONG_ROUND_S, max(0.0, end_s - bench.now_s())))
        await situation.online()
    await bench.idle(QUIET_S)


CHECKS = (
    Check(
        name="sim-cut-off",
        text="Cuts the SIM off, in the document and in the network, and gives it back.",
        decides=("MQ-5.faithful", "MQ-4.state"),
        script=_sim_cut_off,
        needs=_needs_network,
        needs_text="link cellular, simulated modem",
    ),
    Check(
        name="clock-set-back",
        text="Sets the clock of the hub back by a day, and restarts it.",
        decides=("MQ-2.boot",),
        script=_clock_set_back,
        needs=needs_restart,
        needs_text="restart, a clock that the bench can set",
        takes_s=lambda _: 5.0,
    ),
    Check(
        name="long-run",
        text="Repeats changes, acts, cuts and silence for hours; the time is an option of the run.",
        decides=(
            "MQ-2.sequence",
            "MQ-2.number",
            "MQ-4.once",
            "MQ-5.faithful",
            "MQ-6.numbers",
            "MQ-10.keepalive",
            "MQ-10.rate",
        ),
        script=_long_run,
        suite=Suite.LONG,
    ),
)
