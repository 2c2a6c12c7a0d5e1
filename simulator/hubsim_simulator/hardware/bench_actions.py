"""The effect of each bench action on the board. A refused action raises before it changes anything."""

from collections.abc import Callable
from typing import Any

from hubsim_contract.lab import bench_actions
from hubsim_contract.wire.messages import Signal
from hubsim_simulator.hardware.board import Board
from hubsim_simulator.hardware.radio import RadioEffect


def perform(board: Board, action: bench_actions.AnyBenchAction, now_ms: int) -> list[RadioEffect]:
    """Perform the action and return the effects of the modem. Raises `BenchActionRefused`."""
    return _PERFORMERS[type(action)](board, action, now_ms)


def _insert_sim(board: Board, action: bench_actions.InsertSim, now_ms: int) -> list[RadioEffect]:
    board.slots.insert(action.slot, action.card)
    return board.modem.card_changed(action.slot, now_ms, other_card=True)


def _remove_sim(board: Board, action: bench_actions.RemoveSim, now_ms: int) -> list[RadioEffect]:
    board.slots.remove(action.slot)
    return board.modem.card_changed(action.slot, now_ms, other_card=True)


def _lock_sim(board: Board, action: bench_actions.LockSim, now_ms: int) -> list[RadioEffect]:
    board.slots.lock(action.slot)
    return board.modem.card_changed(action.slot, now_ms, other_card=False)


def _unlock_sim(board: Board, action: bench_actions.UnlockSim, now_ms: int) -> list[RadioEffect]:
    board.slots.unlock(action.slot)
    return board.modem.card_changed(action.slot, now_ms, other_card=False)


def _break_sim(board: Board, action: bench_actions.BreakSim, now_ms: int) -> list[RadioEffect]:
    board.slots.destroy(action.slot)
    return board.modem.card_changed(action.slot, now_ms, other_card=False)


def _plug(board: Board, action: bench_actions.Plug, _now_ms: int) -> list[RadioEffect]:
    board.links.plug(action.link)
    return []


def _unplug(board: Board, action: bench_actions.Unplug, _now_ms: int) -> list[RadioEffect]:
    board.links.unplug(action.link)
    return []


def _set_coverage(board: Board, action: bench_actions.SetCoverage, now_ms: int) -> list[RadioEffect]:
    board.coverage = action.present
    return board.modem.set_coverage(action.present, now_ms)


def _set_signal(board: Board, action: bench_actions.SetSignal, now_ms: int) -> list[RadioEffect]:
    """Every strength except `no_signal` includes coverage. Coverage returns at the last strength."""
    board.coverage = action.signal is not Signal.NONE
    if board.coverage:
        board.strength = action.signal
    return board.modem.set_coverage(board.coverage, now_ms)


def _set_mains(board: Board, action: bench_actions.SetMains, now_ms: int) -> list[RadioEffect]:
    board.power.set_mains(action.present, now_ms)
    return []


def _set_battery(board: Board, action: bench_actions.SetBattery, now_ms: int) -> list[RadioEffect]:
    board.power.set_battery(action.percent, now_ms)
    return []


def _set_lid(board: Board, action: bench_actions.SetLid, _now_ms: int) -> list[RadioEffect]:
    board.lid_open = action.open
    return []


def _restart(board: Board, _action: bench_actions.Restart, now_ms: int) -> list[RadioEffect]:
    board.power.reset(now_ms)
    return []


def _power_off(board: Board, _action: bench_actions.PowerOff, now_ms: int) -> list[RadioEffect]:
    board.power.switch(on=False, now_ms=now_ms)
    return []


def _power_on(board: Board, _action: bench_actions.PowerOn, now_ms: int) -> list[RadioEffect]:
    board.power.switch(on=True, now_ms=now_ms)
    return []


_PERFORMERS: dict[type[bench_actions.AnyBenchAction], Callable[[Board, Any, int], list[RadioEffect]]] = {
    bench_actions.InsertSim: _insert_sim,
    bench_actions.RemoveSim: _remove_sim,
    bench_actions.LockSim: _lock_sim,
    bench_actions.UnlockSim: _unlock_sim,
    bench_actions.BreakSim: _break_sim,
    bench_actions.Plug: _plug,
    bench_actions.Unplug: _unplug,
    bench_actions.SetCoverage: _set_coverage,
    bench_actions.SetSignal: _set_signal,
    bench_actions.SetMains: _set_mains,
    bench_actions.SetBattery: _set_battery,
    bench_actions.SetLid: _set_lid,
    bench_actions.Restart: _restart,
    bench_actions.PowerOff: _power_off,
    bench_actions.PowerOn: _power_on,
}
