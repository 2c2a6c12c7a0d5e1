"""The modem's states, inputs and transitions. The engine is in `modem.py`.

States and waits follow 3GPP TS 24.301 section 5.5.1 (attach), simplified to one network at a time.
"""

from enum import StrEnum


class ModemState(StrEnum):
    """The state of the modem."""

    OFF = "off"
    """The hub is off."""
    NO_CARD = "no_card"
    """No slot contains a healthy card without PIN."""
    NO_COVERAGE = "no_coverage"
    """A card is chosen, but there is no coverage. No timer runs."""
    SELECTED = "selected"
    """A card is chosen. The first request follows after `attach_ms`."""
    ASKING = "asking"
    """An attach request is in flight. T3410 bounds the wait."""
    REGISTERED = "registered"
    RETRY_SOON = "retry_soon"
    """The last attempt failed; T3411 runs."""
    RETRY_LATE = "retry_late"
    """`attempts_before_t3402` attempts failed in a row; T3402 runs."""
    BARRED = "barred"
    """The network refused permanently: no request until a restart or a re-insertion of the card."""


class ModemInput(StrEnum):
    """Inputs to the modem's state."""

    STOP = "stop"
    CARD_LOST = "card_lost"
    OUT_OF_COVERAGE = "out_of_coverage"
    SELECT = "select"
    SELECT_BARRED = "select_barred"
    """The network has permanently refused all remaining cards."""
    ASK = "ask"
    ACCEPTED = "accepted"
    FAILED = "failed"
    """Refused temporarily, or not answered."""
    FAILED_OFTEN = "failed_often"
    FORBIDDEN = "forbidden"
    NEXT_NETWORK = "next_network"
    """This network refused permanently, and another one is in reach."""
    CANCELLED = "cancelled"


_ANYWHERE = {
    ModemInput.CARD_LOST: ModemState.NO_CARD,
    ModemInput.OUT_OF_COVERAGE: ModemState.NO_COVERAGE,
    ModemInput.SELECT: ModemState.SELECTED,
    ModemInput.SELECT_BARRED: ModemState.BARRED,
    ModemInput.STOP: ModemState.OFF,
}

TRANSITIONS: dict[tuple[ModemState, ModemInput], ModemState] = {
    **{(state, given): after for state in ModemState for given, after in _ANYWHERE.items()},
    (ModemState.SELECTED, ModemInput.ASK): ModemState.ASKING,
    (ModemState.RETRY_SOON, ModemInput.ASK): ModemState.ASKING,
    (ModemState.RETRY_LATE, ModemInput.ASK): ModemState.ASKING,
    (ModemState.ASKING, ModemInput.ACCEPTED): ModemState.REGISTERED,
    (ModemState.ASKING, ModemInput.FAILED): ModemState.RETRY_SOON,
    (ModemState.ASKING, ModemInput.FAILED_OFTEN): ModemState.RETRY_LATE,
    (ModemState.ASKING, ModemInput.FORBIDDEN): ModemState.BARRED,
    (ModemState.ASKING, ModemInput.NEXT_NETWORK): ModemState.ASKING,
    (ModemState.REGISTERED, ModemInput.CANCELLED): ModemState.SELECTED,
}
"""(state, input) to state. A pair without a row is a bug of the engine."""
