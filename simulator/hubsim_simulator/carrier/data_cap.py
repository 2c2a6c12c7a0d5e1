"""The data that a card uses in a month, and what the carrier does when its cap is reached.

Owns the count of one line. A session uses data by its messages, and a little by its mere existence. The
second part is computed from the time, so that an idle hub causes no events. The month is that of UTC.
"""

from datetime import UTC, datetime

from hubsim_simulator.carrier.ports import DataState
from hubsim_simulator.carrier.settings import CarrierSettings, OverCap
from hubsim_simulator.carrier.subscriber_lines import SubscriberLine
from hubsim_simulator.hardware.radio import DataChanged

_DAY_MS = 24 * 60 * 60 * 1000
_DECEMBER = 12
_OVER = {OverCap.BLOCK: DataState.BLOCKED, OverCap.THROTTLE: DataState.THROTTLED}


def count(line: SubscriberLine, size: int, settings: CarrierSettings, now_ms: int) -> bool:
    """Add bytes, and what the session has used since the last count. Return whether the state has changed.

    Call it with 0 bytes before a session begins or ends, and when `due_ms` has come.
    """
    if settings.data_cap_bytes is None:
        return False
    month_ms = _month_ms(now_ms)
    if line.counted_ms < month_ms:
        line.used_bytes, line.counted_ms = 0, month_ms
    if line.session is not None and line.session.ends_ms is None:
        line.used_bytes += _idle_bytes(now_ms, settings) - _idle_bytes(line.counted_ms, settings)
    line.counted_ms = now_ms
    line.used_bytes += size
    before = line.data
    line.data = _OVER[settings.over_cap] if line.used_bytes >= settings.data_cap_bytes else DataState.OPEN
    return line.data is not before


def due_ms(line: SubscriberLine, settings: CarrierSettings) -> int | None:
    """Return when time alone changes the state of the data, in world milliseconds, or None."""
    if settings.data_cap_bytes is None:
        return None
    if line.data is not DataState.OPEN:
        return _next_month_ms(line.counted_ms)
    idle = line.session is not None and line.session.ends_ms is None
    if not idle or not settings.idle_bytes_per_day:
        return None
    target = settings.data_cap_bytes - line.used_bytes + _idle_bytes(line.counted_ms, settings)
    return -(-target * _DAY_MS // settings.idle_bytes_per_day)


def conditions(line: SubscriberLine, settings: CarrierSettings) -> DataChanged:
    """Return the data that the session of the line gets now."""
    rate_bps = settings.throttle_bps if line.data is DataState.THROTTLED else None
    possible = line.session is not None and line.session.data
    return DataChanged(line.iccid, possible and line.data is not DataState.BLOCKED, rate_bps)


def _idle_bytes(at_ms: int, settings: CarrierSettings) -> int:
    """Return the bytes that a session since 1970 would have used by its existence."""
    return at_ms * settings.idle_bytes_per_day // _DAY_MS


def _month_ms(at_ms: int) -> int:
    date = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return _ms(date.year, date.month)


def _next_month_ms(at_ms: int) -> int:
    date = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return _ms(date.year + 1, 1) if date.month == _DECEMBER else _ms(date.year, date.month + 1)


def _ms(year: int, month: int) -> int:
    return round(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1000)
