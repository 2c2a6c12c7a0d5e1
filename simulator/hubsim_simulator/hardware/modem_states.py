"""The modem's states, inputs and transitions. The engine is in `modem.py`.

States and waits follow 3GPP TS 24.301 section 5.5.1 (attach), simplified to one network at a time.
"""

from enum import StrEnum

from hubsim_contract.wire.messages import Registration


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
    """No network serves the card: no request until a restart, a re-insertion or a cleared list."""
    NOT_ALLOWED = "not_allowed"
    """The networks in reach would serve the card as a roaming one, and the hub's roaming is off."""
    HUNG = "hung"
    """The modem answers nothing. Only a cut of its power ends this."""


class ModemInput(StrEnum):
    """Inputs to the modem's state."""

    STOP = "stop"
    """The power of the modem was cut."""
    CARD_LOST = "card_lost"
    OUT_OF_COVERAGE = "out_of_coverage"
    SELECT = "select"
    SELECT_BARRED = "select_barred"
    """The network has permanently refused all remaining cards."""
    SELECT_NOT_ALLOWED = "select_not_allowed"
    """The remaining card would roam, which the hub's settings do not allow."""
    ASK = "ask"
    ACCEPTED = "accepted"
    FAILED = "failed"
    """Refused temporarily, or not answered."""
    FAILED_OFTEN = "failed_often"
    FORBIDDEN = "forbidden"
    """The network refused permanently, or every network in reach is forbidden."""
    NEXT_NETWORK = "next_network"
    """This network refused permanently; the modem asks the next one."""
    ROAMS = "roams"
    """The network would serve the card as a roaming one, which the hub's settings do not allow."""
    CANCELLED = "cancelled"
    HANG = "hang"


_ANYWHERE = {
    ModemInput.CARD_LOST: ModemState.NO_CARD,
    ModemInput.OUT_OF_COVERAGE: ModemState.NO_COVERAGE,
    ModemInput.SELECT: ModemState.SELECTED,
    ModemInput.SELECT_BARRED: ModemState.BARRED,
    ModemInput.SELECT_NOT_ALLOWED: ModemState.NOT_ALLOWED,
}
_ANSWERING = tuple(state for state in ModemState if state is not ModemState.HUNG)

TRANSITIONS: dict[tuple[ModemState, ModemInput], ModemState] = {
    **{(state, given): after for state in _ANSWERING for given, after in _ANYWHERE.items()},
    **{(state, ModemInput.STOP): ModemState.OFF for state in ModemState},
    **{(state, ModemInput.HANG): ModemState.HUNG for state in _ANSWERING if state is not ModemState.OFF},
    (ModemState.SELECTED, ModemInput.ASK): ModemState.ASKING,
    (ModemState.RETRY_SOON, ModemInput.ASK): ModemState.ASKING,
    (ModemState.RETRY_LATE, ModemInput.ASK): ModemState.ASKING,
    (ModemState.ASKING, ModemInput.ACCEPTED): ModemState.REGISTERED,
    (ModemState.ASKING, ModemInput.FAILED): ModemState.RETRY_SOON,
    (ModemState.ASKING, ModemInput.FAILED_OFTEN): ModemState.RETRY_LATE,
    (ModemState.ASKING, ModemInput.FORBIDDEN): ModemState.BARRED,
    (ModemState.ASKING, ModemInput.NEXT_NETWORK): ModemState.ASKING,
    (ModemState.ASKING, ModemInput.ROAMS): ModemState.NOT_ALLOWED,
    (ModemState.REGISTERED, ModemInput.CANCELLED): ModemState.SELECTED,
}
"""(state, input) to state. A pair without a row is a bug of the engine."""

SHOWN = {
    ModemState.OFF: Registration.NOT_REGISTERED,
    ModemState.NO_CARD: Registration.NOT_REGISTERED,
    ModemState.NO_COVERAGE: Registration.SEARCHING,
    ModemState.BARRED: Registration.DENIED,
    ModemState.NOT_ALLOWED: Registration.NOT_REGISTERED,
    ModemState.HUNG: Registration.UNKNOWN,
}
"""The displayed registration. In all other states, it is the result of the last attempt."""
SELECTED = {
    None: ModemInput.SELECT,
    ModemState.BARRED: ModemInput.SELECT_BARRED,
    ModemState.NOT_ALLOWED: ModemInput.SELECT_NOT_ALLOWED,
}
"""The input after the choice of a card, by the state in which its record has ended."""
SILENT = frozenset({ModemState.OFF, ModemState.HUNG})
"""The states in which the modem does nothing."""
UNREGISTERED = frozenset(ModemState) - SILENT - {ModemState.NO_CARD, ModemState.REGISTERED}
"""The states with a card and without a registration."""
ENGAGED = frozenset({ModemState.ASKING, ModemState.REGISTERED})
"""The states with a session, or with a request for one."""
