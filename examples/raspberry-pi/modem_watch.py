"""Watches a modem in a thread: asks it for everything, again after each unsolicited line, and after a pause.

Promises that a modem that vanishes, hangs or prints nonsense never ends the watch: it is opened again, with a
pause between attempts. Each change of the state is handed over once.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from at_answers import (
    CARD_ERRORS,
    card_of,
    error_number,
    generation_of,
    iccid_of,
    iccid_of_file,
    registration_of,
    signal_of,
)
from at_modem import ANSWER_LIMIT_S, AtModem, ModemGone, ModemRefused, ModemSilent

from hubsim_contract.wire.messages import Registration, Signal, SimCard

POLL_S = 10.0
"""The pause between two rounds of questions, if the modem prints nothing."""
SETTLE_S = 0.5
"""The pause between an unsolicited line and the questions."""
REOPEN_S = 2.0
"""The pause before a modem that vanished or hangs is opened again."""
SETUP = ("AT", "ATE0", "AT+CMEE=1", "AT+CREG=1", "AT+CEREG=1")
"""No echo, errors with numbers, and an unsolicited line for each change of the registration."""
READ_ICCID = "AT+CRSM=176,12258,0,0,10"
"""Read 10 bytes of the file 2FE2, which a card shows also while it is locked."""
_USABLE = frozenset({Registration.HOME, Registration.ROAMING})
ValueT = TypeVar("ValueT")
_log = logging.getLogger(__name__)


class ModemState(NamedTuple):
    """Everything that a modem shows of its card and the network."""

    broken: bool = False
    """The modem does not answer, or there is none."""
    card: SimCard = SimCard.UNKNOWN
    iccid: str | None = None
    registration: Registration = Registration.NOT_REGISTERED
    generation: str | None = None
    signal: Signal = Signal.NONE


class ModemWatch:
    """One thread. `changed` receives each new state, in that thread."""

    def __init__(
        self,
        device: Path,
        speed: int,
        changed: Callable[[ModemState], None],
        *,
        poll_s: float = POLL_S,
        reopen_s: float = REOPEN_S,
        answer_limit_s: float = ANSWER_LIMIT_S,
    ) -> None:
        self._device, self._speed = device, speed
        self._changed = changed
        self._poll_s, self._reopen_s, self._answer_limit_s = poll_s, reopen_s, answer_limit_s
        self._state = ModemState()
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"modem {device}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread soon; does not wait for it."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._dialogue()
            except (ModemGone, ModemSilent, ModemRefused) as trouble:
                self._lost(trouble)
            self._stop.wait(self._reopen_s)

    def _dialogue(self) -> None:
        """Ask until the modem fails or the watch stops."""
        modem = AtModem(self._device, self._speed, self._stop, answer_limit_s=self._answer_limit_s)
        try:
            for command in SETUP:
                modem.ask(command)
            self._trouble = ""
            while not self._stop.is_set():
                self._show(_state(modem))
                modem.wait(self._poll_s)
                # a modem may print several lines at once, or one for each command
                self._stop.wait(min(SETTLE_S, self._poll_s))
                modem.forget()
        finally:
            modem.close()

    def _lost(self, trouble: Exception) -> None:
        if self._stop.is_set():
            return
        if str(trouble) != self._trouble:
            self._trouble = str(trouble)
            _log.warning("the modem does not work; trying again", extra={"reason": str(trouble)})
        self._show(ModemState(broken=True))

    def _show(self, state: ModemState) -> None:
        if state != self._state:
            self._state = state
            self._changed(state)


def _state(modem: AtModem) -> ModemState:
    """Ask the modem for everything."""
    card = _card(modem)
    registration = _registration(modem, "CEREG")
    if registration not in _USABLE:
        # a network of 2G or 3G: +CEREG knows only 4G
        others = _registration(modem, "CREG")
        registration = others if others in _USABLE else registration
    return ModemState(
        card=card,
        iccid=None if card in (SimCard.MISSING, SimCard.UNKNOWN) else _iccid(modem),
        registration=registration,
        generation=_first(modem, "AT+COPS?", "+COPS:", generation_of) if registration in _USABLE else None,
        signal=_first(modem, "AT+CSQ", "+CSQ:", signal_of) or Signal.NONE,
    )


def _card(modem: AtModem) -> SimCard:
    try:
        answer = modem.ask("AT+CPIN?", "+CPIN:")
    except ModemRefused as refused:
        number = error_number(refused.result)
        return SimCard.UNKNOWN if number is None else CARD_ERRORS.get(number, SimCard.UNKNOWN)
    return card_of(answer[-1]) if answer else SimCard.UNKNOWN


def _registration(modem: AtModem, name: str) -> Registration:
    return _first(modem, f"AT+{name}?", f"+{name}:", registration_of) or Registration.UNKNOWN


def _iccid(modem: AtModem) -> str | None:
    return _first(modem, "AT+CCID", "", iccid_of) or _first(modem, READ_ICCID, "+CRSM:", iccid_of_file)


def _first(modem: AtModem, command: str, prefix: str, read: Callable[[str], ValueT | None]) -> ValueT | None:
    """Return the first readable line of an answer; None for an error or an answer without one."""
    try:
        answer = modem.ask(command, prefix)
    except ModemRefused:
        return None
    return next((value for value in map(read, answer) if value is not None), None)
