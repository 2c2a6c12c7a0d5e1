"""The watch over a modem on a pseudo-terminal: what it finds, and how it survives what modems do."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_modem import ICCID, SILENCE, FakeModem
from modem_watch import READ_ICCID, ModemState, ModemWatch

from hubsim_contract.wire.messages import Registration, Signal, SimCard

BOUND_S = 20
WORKING = ModemState(
    card=SimCard.OK,
    iccid=ICCID,
    registration=Registration.ROAMING,
    generation="4G",
    signal=Signal.STRONG,
)
BROKEN = ModemState(broken=True)


class Watched:
    """A watched modem, and the states that the watch has found."""

    def __init__(self, folder: Path) -> None:
        self.modem = FakeModem(folder / "modem")
        self._states: queue.Queue[ModemState] = queue.Queue()
        self.watch = ModemWatch(
            self.modem.device,
            115_200,
            self._states.put,
            poll_s=0.05,
            reopen_s=0.01,
            answer_limit_s=0.5,
        )

    def until(self, holds: Callable[[ModemState], bool]) -> ModemState:
        """Return the first state from now on for which this holds."""
        while not holds(state := self._states.get(timeout=BOUND_S)):
            pass
        return state

    def is_(self, state: ModemState) -> ModemState:
        return self.until(lambda found: found == state)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.watch.stop()
    watched.modem.unplug()


def test_a_modem_is_read(watched: Watched) -> None:
    watched.modem.plug()

    watched.watch.start()

    watched.is_(WORKING)


def test_a_modem_that_echoes_and_prints_unsolicited_lines_is_read(watched: Watched) -> None:
    watched.modem.echo = True
    watched.modem.answers["AT+CSQ"] = '+CEREG: 5\n+QIND: "csq",24\n+CSQ: 24,99\nOK'
    watched.modem.plug()

    watched.watch.start()

    watched.is_(WORKING)


@pytest.mark.parametrize(
    ("answer", "card"),
    [
        ("+CME ERROR: 10", SimCard.MISSING),
        ("+CME ERROR: 13", SimCard.MALFUNCTION),
        ("+CME ERROR: 14", SimCard.UNKNOWN),
        ("+CPIN: SIM PIN\nOK", SimCard.LOCKED),
        ("ERROR", SimCard.UNKNOWN),
    ],
)
def test_the_state_of_the_card_is_found(watched: Watched, answer: str, card: SimCard) -> None:
    watched.modem.answers |= {"AT+CPIN?": answer, "AT+CEREG?": "+CEREG: 1,0\nOK"}
    watched.modem.plug()

    watched.watch.start()

    state = watched.until(lambda found: found.signal is Signal.STRONG)
    assert state.card is card
    assert state.iccid == (None if card in (SimCard.MISSING, SimCard.UNKNOWN) else ICCID)
    assert (state.registration, state.generation) == (Registration.NOT_REGISTERED, None)


def test_the_number_is_read_from_the_card_if_the_modem_has_no_command_for_it(watched: Watched) -> None:
    swapped = "".join(ICCID[at + 1] + ICCID[at] for at in range(0, len(ICCID), 2))
    watched.modem.answers |= {"AT+CCID": "ERROR", READ_ICCID: f'+CRSM: 144,0,"{swapped}"\nOK'}
    watched.modem.plug()

    watched.watch.start()

    watched.is_(WORKING)


def test_a_registration_in_2g_is_found(watched: Watched) -> None:
    watched.modem.answers |= {
        "AT+CEREG?": "+CEREG: 1,4\nOK",
        "AT+CREG?": "+CREG: 1,1\nOK",
        "AT+COPS?": '+COPS: 0,0,"Plus",0\nOK',
    }
    watched.modem.plug()

    watched.watch.start()

    watched.is_(WORKING._replace(registration=Registration.HOME, generation="2G"))


def test_an_unsolicited_line_is_followed_by_a_round_of_questions(tmp_path: Path) -> None:
    states: queue.Queue[ModemState] = queue.Queue()
    modem = FakeModem(tmp_path / "modem")
    watch = ModemWatch(modem.device, 115_200, states.put, poll_s=10 * BOUND_S)
    modem.plug()
    watch.start()
    assert states.get(timeout=BOUND_S) == WORKING

    modem.answers["AT+CEREG?"] = "+CEREG: 1,3\nOK"
    modem.print(b"\r\n+CEREG: 3\r\n")

    assert states.get(timeout=BOUND_S).registration is Registration.DENIED
    watch.stop()
    modem.unplug()


def test_a_modem_that_vanishes_is_read_again_when_it_comes_back(watched: Watched) -> None:
    watched.modem.plug()
    watched.watch.start()
    watched.is_(WORKING)

    watched.modem.unplug()
    watched.is_(BROKEN)
    watched.modem.answers["AT+CPIN?"] = "+CME ERROR: 10"
    watched.modem.plug()

    watched.until(lambda found: found.card is SimCard.MISSING)


def test_a_modem_that_is_not_there_is_reported_and_found_later(watched: Watched) -> None:
    watched.watch.start()
    watched.is_(BROKEN)

    watched.modem.plug()

    watched.is_(WORKING)


@pytest.mark.parametrize("command", ["AT", "AT+CPIN?", "AT+COPS?"])
def test_a_modem_that_hangs_is_opened_again(watched: Watched, command: str) -> None:
    watched.modem.plug()
    watched.watch.start()
    watched.is_(WORKING)

    watched.modem.answers[command] = SILENCE
    if command == "AT":
        watched.modem.answers["AT+CSQ"] = SILENCE
    watched.is_(BROKEN)
    watched.modem.answers |= {"AT": "OK", "AT+CSQ": "+CSQ: 24,99\nOK", "AT+CPIN?": "+CPIN: READY\nOK"}
    watched.modem.answers["AT+COPS?"] = '+COPS: 0,0,"Plus",7\nOK'

    watched.is_(WORKING)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\x00\xfe" * 100 + b"\r\n",
        b"\r\n\r\n\r\n",
        b"A" * 10_000 + b"\r\n",
        b"+CPIN: SIM PUK\r\n+CSQ: 1,1\r\n",
    ],
    ids=["binary", "empty lines", "a long line", "lines of other answers"],
)
def test_garbage_between_answers_changes_nothing(watched: Watched, garbage: bytes) -> None:
    watched.modem.plug()
    watched.watch.start()
    watched.is_(WORKING)

    for _ in range(3):
        watched.modem.print(garbage)
    watched.modem.answers["AT+CSQ"] = "+CSQ: 5,99\nOK"

    watched.is_(WORKING._replace(signal=Signal.WEAK))


def test_lines_without_a_result_are_a_modem_that_hangs(watched: Watched) -> None:
    watched.modem.answers["AT+CSQ"] = "\n".join(["+NOISE: 1"] * 200)
    watched.modem.plug()

    watched.watch.start()

    watched.is_(BROKEN)
