"""What each act of hands does to the board. An act that is refused raises before it changes anything."""

from collections.abc import Callable
from typing import Any

from contract import bench
from contract.messages import Signal
from simulator.hardware.board import Board
from simulator.hardware.radio import RadioEffect


def lay_hands(board: Board, hand: bench.AnyHand, now_ms: int) -> list[RadioEffect]:
    """Do it, and return what the modem makes of it; or raise `HandRefused`."""
    return _ACTS[type(hand)](board, hand, now_ms)


def _insert_sim(board: Board, hand: bench.InsertSim, now_ms: int) -> list[RadioEffect]:
    board.slots.insert(hand.slot, hand.card)
    return board.modem.card_changed(hand.slot, now_ms, other_card=True)


def _remove_sim(board: Board, hand: bench.RemoveSim, now_ms: int) -> list[RadioEffect]:
    board.slots.remove(hand.slot)
    return board.modem.card_changed(hand.slot, now_ms, other_card=True)


def _lock_sim(board: Board, hand: bench.LockSim, now_ms: int) -> list[RadioEffect]:
    board.slots.lock(hand.slot)
    return board.modem.card_changed(hand.slot, now_ms, other_card=False)


def _unlock_sim(board: Board, hand: bench.UnlockSim, now_ms: int) -> list[RadioEffect]:
    board.slots.unlock(hand.slot)
    return board.modem.card_changed(hand.slot, now_ms, other_card=False)


def _break_sim(board: Board, hand: bench.BreakSim, now_ms: int) -> list[RadioEffect]:
    board.slots.destroy(hand.slot)
    return board.modem.card_changed(hand.slot, now_ms, other_card=False)


def _plug(board: Board, hand: bench.Plug, _now_ms: int) -> list[RadioEffect]:
    board.links.plug(hand.link)
    return []


def _unplug(board: Board, hand: bench.Unplug, _now_ms: int) -> list[RadioEffect]:
    board.links.unplug(hand.link)
    return []


def _set_coverage(board: Board, hand: bench.SetCoverage, now_ms: int) -> list[RadioEffect]:
    board.coverage = hand.present
    return board.modem.set_coverage(hand.present, now_ms)


def _set_signal(board: Board, hand: bench.SetSignal, now_ms: int) -> list[RadioEffect]:
    """Any strength but `no_signal` brings coverage with it; coverage comes back at the last strength."""
    board.coverage = hand.signal is not Signal.NONE
    if board.coverage:
        board.strength = hand.signal
    return board.modem.set_coverage(board.coverage, now_ms)


def _set_mains(board: Board, hand: bench.SetMains, now_ms: int) -> list[RadioEffect]:
    board.power.set_mains(hand.present, now_ms)
    return []


def _set_battery(board: Board, hand: bench.SetBattery, now_ms: int) -> list[RadioEffect]:
    board.power.set_battery(hand.percent, now_ms)
    return []


def _set_lid(board: Board, hand: bench.SetLid, _now_ms: int) -> list[RadioEffect]:
    board.lid_open = hand.open
    return []


def _restart(board: Board, _hand: bench.Restart, now_ms: int) -> list[RadioEffect]:
    board.power.reset(now_ms)
    return []


def _power_off(board: Board, _hand: bench.PowerOff, now_ms: int) -> list[RadioEffect]:
    board.power.switch(on=False, now_ms=now_ms)
    return []


def _power_on(board: Board, _hand: bench.PowerOn, now_ms: int) -> list[RadioEffect]:
    board.power.switch(on=True, now_ms=now_ms)
    return []


_ACTS: dict[type[bench.AnyHand], Callable[[Board, Any, int], list[RadioEffect]]] = {
    bench.InsertSim: _insert_sim,
    bench.RemoveSim: _remove_sim,
    bench.LockSim: _lock_sim,
    bench.UnlockSim: _unlock_sim,
    bench.BreakSim: _break_sim,
    bench.Plug: _plug,
    bench.Unplug: _unplug,
    bench.SetCoverage: _set_coverage,
    bench.SetSignal: _set_signal,
    bench.SetMains: _set_mains,
    bench.SetBattery: _set_battery,
    bench.SetLid: _set_lid,
    bench.Restart: _restart,
    bench.PowerOff: _power_off,
    bench.PowerOn: _power_on,
}
