"""Checks of the world around a hub: a SIM cut-off and its end, clocks that jump, and a long run."""

from hubsim_conform.checks.check import Check, Suite
from hubsim_conform.checks.connecting import needs_restart
from hubsim_conform.checks.events import check_times, event_of, needs_acts
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, Situation
from hubsim_conform.device.acts import SetClock, SetRegistration
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.wire.messages import Registration, ServiceState, Signal

LONG_ROUND_S = 300.0
"""A round of the long suite: changes, a cut, then silence of about this length."""
DAY_S = 86_400


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


def _undecided_without_acts(device: Capabilities) -> dict[str, str]:
    lacks = needs_acts(device)
    return {} if lacks is None else dict.fromkeys(("MQ-2.number", "MQ-4.order", "MQ-4.time"), lacks)


def _needs_clock(device: Capabilities) -> str | None:
    return needs_restart(device) or device.lacks(SetClock())


async def _acts_with_events(situation: Situation) -> list[tuple[EvidenceEntry, int]]:
    """Do two acts, if the device has them; return their events, and the right time of each in ms."""
    bench, found = situation.bench, []
    if needs_acts(bench.capabilities) is None:
        for act in situation.hardware_acts():
            at_ms = bench.world_ms()
            found.append((await event_of(situation, act), at_ms))
    return found


async def _clock_jumps(situation: Situation, ahead_s: int) -> None:
    """Set the clock wrong, then right again: with events, a document and a restart after each jump."""
    bench = situation.bench
    await situation.settle()
    for is_ahead_s in (ahead_s, 0):
        await bench.act(SetClock(ahead_s=is_ahead_s))
        events = await _acts_with_events(situation)
        if is_ahead_s == 0:
            check_times(situation, events)
        await situation.settle()
        before = await situation.online()
        await bench.power_off()
        await bench.power_on()
        await situation.online_again(before)
        events = await _acts_with_events(situation)
        if is_ahead_s == 0:
            check_times(situation, events)
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
        text="Sets the clock of the hub back by a day, and right again; restarts it after each jump.",
        decides=("MQ-2.boot", "MQ-2.number", "MQ-4.order", "MQ-4.time"),
        script=lambda situation: _clock_jumps(situation, -DAY_S),
        needs=_needs_clock,
        needs_text="restart, a clock that the bench can set",
        undecided=_undecided_without_acts,
        takes_s=lambda _: 10.0,
    ),
    Check(
        name="clock-set-forward",
        text="Sets the clock of the hub forward by a day, and right again; restarts it after each jump.",
        decides=("MQ-2.boot", "MQ-2.number", "MQ-4.order", "MQ-4.time"),
        script=lambda situation: _clock_jumps(situation, DAY_S),
        needs=_needs_clock,
        needs_text="restart, a clock that the bench can set",
        undecided=_undecided_without_acts,
        takes_s=lambda _: 10.0,
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
