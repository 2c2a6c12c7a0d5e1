"""Limits that a hub and its cloud agree on.

The size of a payload is in `wire.codec`, the waits of a connection are in `mqtt.link`.
"""

DETAIL_CHARS_MAX = 200
"""Characters of an event's detail, with everything that the hub adds. The hub cuts a longer text."""
EVENTS_KEPT_MIN = 100
"""Events of an offline time that a hub keeps at least."""
PING_MIN_S, PING_MAX_S = 10, 300
"""The range of `ping_s` in the hub manuals. A value outside it is replaced by the nearest bound: refusing the
whole document would leave the service unchanged."""
BATTERY_FULL_PERCENT, BATTERY_STEP_PERCENT = 100, 5
BATTERY_PERCENTS = range(0, BATTERY_FULL_PERCENT + 1, BATTERY_STEP_PERCENT)
"""The charges that a hub reports."""
APPLIED_LIMIT_MS = 30_000
"""From the delivery of a new document to its report. After that the cloud publishes the document again."""
