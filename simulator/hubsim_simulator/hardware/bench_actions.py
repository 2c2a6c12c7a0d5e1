"""The effect of each bench action on the board. A refused action raises before it changes anything."""

from collections.abc import Callable
from typing import Any

from hubsim_contract.lab import bench_actions
from hubsim_simulator.hardware.board import Board
from hubsim_simulator.hardware.radio import DataUsed, RadioEffect
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

MEGABYTE = 1_000_000
"""Bytes, as carriers count them."""
MEGABYTES_MAX = 1_000_000
"""The largest amount of one transfer."""
APN_MAX = 100
"""The longest APN in characters (3GPP TS 23.003 section 9.1)."""


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
    board.internet.check(board.links.plug(action.link))
    return []


def _unplug(board: Board, action: bench_actions.Unplug, _now_ms: int) -> list[RadioEffect]:
    board.links.unplug(action.link)
    return []


def _set_internet(board: Board, action: bench_actions.SetInternet, now_ms: int) -> list[RadioEffect]:
    board.links.refuse_missing(action.link)
    board.internet.set(action.link, action.internet, now_ms)
    return []


def _use_data(board: Board, action: bench_actions.UseData, _now_ms: int) -> list[RadioEffect]:
    if not 1 <= action.megabytes <= MEGABYTES_MAX:
        raise BenchActionRefused(
            BenchRefusal.AMOUNT_OUT_OF_RANGE,
            f"a hub cannot transfer {action.megabytes} MB: 1 to {MEGABYTES_MAX} are possible",
        )
    session = board.modem.session if board.power.running else None
    if session is None:
        raise BenchActionRefused(
            BenchRefusal.NO_CELLULAR_DATA, "the hub has no connection over its SIM: it cannot transfer data"
        )
    return [DataUsed(session.iccid, action.megabytes * MEGABYTE)] if session.metered else []


def _set_coverage(board: Board, action: bench_actions.SetCoverage, now_ms: int) -> list[RadioEffect]:
    board.site.coverage = action.present
    return board.modem.site_changed(now_ms)


def _set_signal(board: Board, action: bench_actions.SetSignal, now_ms: int) -> list[RadioEffect]:
    if action.slot is not None:
        board.slots.card_in(action.slot)  # refuses a slot that does not exist
    board.site.set_signal(action.signal, action.slot)
    return board.modem.site_changed(now_ms)


def _set_generations(board: Board, action: bench_actions.SetGenerations, now_ms: int) -> list[RadioEffect]:
    board.site.set_generations(action.generations)
    return board.modem.site_changed(now_ms)


def _hang_modem(board: Board, _action: bench_actions.HangModem, now_ms: int) -> list[RadioEffect]:
    if not board.power.running:
        raise BenchActionRefused(BenchRefusal.HUB_OFF, "the hub is off, so its modem cannot hang")
    return board.modem.hang(now_ms)


def _set_roaming(board: Board, action: bench_actions.SetRoaming, now_ms: int) -> list[RadioEffect]:
    if action.allowed is board.modem.roaming:
        return []
    board.modem.roaming = action.allowed
    return board.modem.settings_changed(None, now_ms)


def _set_apn(board: Board, action: bench_actions.SetApn, now_ms: int) -> list[RadioEffect]:
    board.slots.card_in(action.slot)  # refuses a slot that does not exist
    if len(action.apn) > APN_MAX:
        raise BenchActionRefused(
            BenchRefusal.APN_TOO_LONG,
            f"the APN has {len(action.apn)} characters; at most {APN_MAX} are possible",
        )
    if action.apn == board.modem.apns.get(action.slot, ""):
        return []
    board.modem.apns = {slot: apn for slot, apn in board.modem.apns.items() if slot != action.slot}
    if action.apn:
        board.modem.apns[action.slot] = action.apn
    return board.modem.settings_changed(action.slot, now_ms)


def _clear_forbidden(board: Board, action: bench_actions.ClearForbidden, now_ms: int) -> list[RadioEffect]:
    board.slots.clear_forbidden(action.slot)
    return board.modem.forbidden_cleared(action.slot, now_ms)


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
    bench_actions.SetInternet: _set_internet,
    bench_actions.UseData: _use_data,
    bench_actions.SetCoverage: _set_coverage,
    bench_actions.SetSignal: _set_signal,
    bench_actions.SetGenerations: _set_generations,
    bench_actions.HangModem: _hang_modem,
    bench_actions.SetRoaming: _set_roaming,
    bench_actions.SetApn: _set_apn,
    bench_actions.ClearForbidden: _clear_forbidden,
    bench_actions.SetMains: _set_mains,
    bench_actions.SetBattery: _set_battery,
    bench_actions.SetLid: _set_lid,
    bench_actions.Restart: _restart,
    bench_actions.PowerOff: _power_off,
    bench_actions.PowerOn: _power_on,
}
