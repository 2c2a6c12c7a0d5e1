"""The power of the hub: the switch, mains, the battery, and the reset button.

Owns whether the hub runs, and when the logo starts to blink to save the battery. Mains do not charge the
battery: only a bench action sets its charge.
"""

from enum import StrEnum

from hubsim_simulator.hardware.machine import step
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings

SHOWN_STEP_PERCENT = 5
"""Step of the displayed charge, rounded up: a running hub never shows 0."""
_FULL_PERCENT = 100


class PowerState(StrEnum):
    """Whether the hub runs, and the reason if it does not."""

    SWITCHED_OFF = "switched_off"
    DARK = "dark"
    """Switched on, without mains and charge."""
    RESTARTING = "restarting"
    """Reset was pressed, and the hub boots."""
    ON = "on"


class PowerInput(StrEnum):
    """Inputs to the power state."""

    SWITCH_ON = "switch_on"
    SWITCH_OFF = "switch_off"
    RESET = "reset"
    BOOTED = "booted"
    ENERGY_LOST = "energy_lost"
    ENERGY_BACK = "energy_back"


_ALIVE = frozenset({PowerState.ON, PowerState.RESTARTING})

TRANSITIONS: dict[tuple[PowerState, PowerInput], PowerState] = {
    **{(state, PowerInput.SWITCH_OFF): PowerState.SWITCHED_OFF for state in PowerState},
    **{(state, PowerInput.SWITCH_ON): state for state in PowerState},
    (PowerState.SWITCHED_OFF, PowerInput.SWITCH_ON): PowerState.ON,
    **{(state, PowerInput.RESET): PowerState.RESTARTING for state in _ALIVE},
    **{(state, PowerInput.ENERGY_LOST): PowerState.DARK for state in _ALIVE},
    (PowerState.RESTARTING, PowerInput.BOOTED): PowerState.ON,
    (PowerState.DARK, PowerInput.ENERGY_BACK): PowerState.ON,
}
"""(state, input) to state. Without energy, switching on passes through `on` to `dark` in one step."""


class Power:
    """The power of one hub. It starts switched off, with mains and a full battery."""

    __slots__ = (
        "_boot_at_ms",
        "_charge",
        "_counted_at_ms",
        "_dim_at_ms",
        "_percent",
        "_settings",
        "dimmed",
        "mains",
        "state",
    )

    def __init__(self, settings: HardwareSettings) -> None:
        self.state = PowerState.SWITCHED_OFF
        self.mains = True
        self.dimmed = False
        """Without mains for `mains_lost_led_steady_ms` or longer, so that the logo blinks."""
        self._settings = settings
        self._boot_at_ms: int | None = None
        self._dim_at_ms: int | None = None
        # The charge is in milliseconds if the battery drains with time, otherwise in percent.
        self._percent = settings.battery_drain_ms_per_percent or 1
        self._charge = _FULL_PERCENT * self._percent
        self._counted_at_ms = 0

    @property
    def running(self) -> bool:
        """Return whether the hub is on and has booted."""
        return self.state is PowerState.ON

    @property
    def battery_percent(self) -> int:
        """Return the charge as the hub shows it, in steps of 5."""
        return self._steps() * SHOWN_STEP_PERCENT

    def due(self) -> int | None:
        """Return when the next timer fires, in milliseconds of the world clock, or None."""
        times = [time for time in (self._boot_at_ms, self._dim_at_ms) if time is not None]
        if self._draining() and self._charge:
            next_step = (self._steps() - 1) * SHOWN_STEP_PERCENT * self._percent
            times.append(self._counted_at_ms + self._charge - next_step)
        return min(times, default=None)

    def switch(self, on: bool, now_ms: int) -> None:
        """Switch on or off. Switching on takes no boot time."""
        self._count(now_ms)
        self._boot_at_ms = self._boot_at_ms if on else None
        self._step(PowerInput.SWITCH_ON if on else PowerInput.SWITCH_OFF)
        self._settle(now_ms)

    def reset(self, now_ms: int) -> None:
        """Press reset. Refused if the hub is off."""
        if self.state not in _ALIVE:
            raise BenchActionRefused(BenchRefusal.HUB_OFF, "the hub is off: there is nothing to restart")
        self._count(now_ms)
        self._step(PowerInput.RESET)
        self._boot_at_ms = now_ms + self._settings.boot_ms

    def set_mains(self, present: bool, now_ms: int) -> None:
        """Switch mains on or off."""
        self._count(now_ms)
        self.mains = present
        self._settle(now_ms)

    def set_battery(self, percent: int, now_ms: int) -> None:
        """Set the charge. Refused outside 0 to 100."""
        if not 0 <= percent <= _FULL_PERCENT:
            raise BenchActionRefused(
                BenchRefusal.BATTERY_OUT_OF_RANGE, f"a battery cannot hold {percent} percent: 0 to 100"
            )
        self._count(now_ms)
        self._charge = percent * self._percent
        self._settle(now_ms)

    def wake(self, now_ms: int) -> None:
        """Run the timers that are due."""
        self._count(now_ms)
        if self._boot_at_ms is not None and now_ms >= self._boot_at_ms:
            self._boot_at_ms = None
            self._step(PowerInput.BOOTED)
        if self._dim_at_ms is not None and now_ms >= self._dim_at_ms:
            self._dim_at_ms = None
            self.dimmed = True
        self._settle(now_ms)

    def _steps(self) -> int:
        return -(-self._charge // (SHOWN_STEP_PERCENT * self._percent))

    def _draining(self) -> bool:
        return self._settings.battery_drain_ms_per_percent is not None and self._on_battery()

    def _on_battery(self) -> bool:
        return self.state in _ALIVE and not self.mains

    def _count(self, now_ms: int) -> None:
        if self._draining():
            self._charge = max(0, self._charge - (now_ms - self._counted_at_ms))
        self._counted_at_ms = now_ms

    def _settle(self, now_ms: int) -> None:
        """Update the state and the blink timer from mains and charge."""
        energy = self.mains or self._charge > 0
        if self.state in _ALIVE and not energy:
            self._boot_at_ms = None
            self._step(PowerInput.ENERGY_LOST)
        elif self.state is PowerState.DARK and energy:
            self._step(PowerInput.ENERGY_BACK)
        if not self._on_battery():
            self._dim_at_ms, self.dimmed = None, False
        elif self._dim_at_ms is None and not self.dimmed:
            self._dim_at_ms = now_ms + self._settings.mains_lost_led_steady_ms

    def _step(self, given: PowerInput) -> None:
        self.state = step(TRANSITIONS, self.state, given)
