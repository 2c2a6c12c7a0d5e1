"""Answers of modems as they are printed in the field, and any other line."""

import at_answers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.wire.identifiers import luhn_digit
from hubsim_contract.wire.messages import Registration, Signal, SimCard

NUMBER = "89883000000000000003"
LONG = "8988300000000000000"
SHORT = LONG[:18] + luhn_digit(LONG[:18])
READERS = (
    at_answers.card_of,
    at_answers.registration_of,
    at_answers.signal_of,
    at_answers.generation_of,
    at_answers.iccid_of,
    at_answers.iccid_of_file,
    at_answers.error_number,
    at_answers.fields,
)


@pytest.mark.parametrize(
    ("line", "card"),
    [
        ("+CPIN: READY", SimCard.OK),
        ("+CPIN:READY", SimCard.OK),
        ("+CPIN: SIM PIN", SimCard.LOCKED),
        ("+CPIN: SIM PUK", SimCard.LOCKED),
        ("+CPIN: PH-NET PIN", SimCard.LOCKED),
    ],
)
def test_the_card(line: str, card: SimCard) -> None:
    assert at_answers.card_of(line) is card


@pytest.mark.parametrize(
    ("line", "registration"),
    [
        ("+CEREG: 0,0", Registration.NOT_REGISTERED),
        ("+CEREG: 1,1", Registration.HOME),
        ("+CEREG: 2,2", Registration.SEARCHING),
        ("+CEREG: 2,3", Registration.DENIED),
        ("+CEREG: 2,4", Registration.UNKNOWN),
        ('+CEREG: 2,5,"1A2B","01C3D4E5",7', Registration.ROAMING),
        ("+CEREG: 0,6", Registration.NOT_REGISTERED),
        ("+CREG: 0,8", Registration.DENIED),
        ("+CREG: 0,10", Registration.ROAMING),
        ("+CEREG: 0,77", Registration.UNKNOWN),
        ("+CEREG: 5", None),
        ('+CEREG: 5,"1A2B","01C3D4E5",7', None),
        ("+CEREG: ", None),
    ],
)
def test_the_registration_but_not_of_an_unsolicited_line(
    line: str, registration: Registration | None
) -> None:
    assert at_answers.registration_of(line) is registration


@pytest.mark.parametrize(
    ("rssi", "signal"),
    [
        ("0", Signal.NONE),
        ("1", Signal.WEAK),
        ("9", Signal.WEAK),
        ("10", Signal.NORMAL),
        ("19", Signal.NORMAL),
        ("20", Signal.STRONG),
        ("31", Signal.STRONG),
        ("32", Signal.NONE),
        ("99", Signal.NONE),
        ("x", Signal.NONE),
    ],
)
def test_the_signal(rssi: str, signal: Signal) -> None:
    assert at_answers.signal_of(f"+CSQ: {rssi},99") is signal


@pytest.mark.parametrize(
    ("line", "generation"),
    [
        ('+COPS: 0,0,"Plus",0', "2G"),
        ('+COPS: 0,0,"Play, the operator",2', "3G"),
        ('+COPS: 0,2,"26001",7', "4G"),
        ('+COPS: 0,2,"26001",11', None),
        ('+COPS: 0,2,"26001"', None),
        ("+COPS: 0", None),
    ],
)
def test_the_generation(line: str, generation: str | None) -> None:
    assert at_answers.generation_of(line) == generation


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (f"+CCID: {NUMBER}", NUMBER),
        (f'+CCID: "{NUMBER}"', NUMBER),
        (f"+ICCID: {SHORT}F", SHORT),
        (SHORT, SHORT),
        ("+CCID: 89883000000000000004", None),
        ("+CCID: 1234", None),
        (f"+CCID: {NUMBER}1", None),
    ],
)
def test_the_number_of_the_card(line: str, number: str | None) -> None:
    assert at_answers.iccid_of(line) == number


@pytest.mark.parametrize(("number", "filler"), [(NUMBER, ""), (SHORT, "F")])
def test_the_number_of_a_locked_card_from_its_file(number: str, filler: str) -> None:
    digits = number + filler
    swapped = "".join(digits[at + 1] + digits[at] for at in range(0, len(digits), 2))

    assert at_answers.iccid_of_file(f'+CRSM: 144,0,"{swapped}"') == number
    assert at_answers.iccid_of_file(f'+CRSM: 106,130,"{swapped}"') is None
    assert at_answers.iccid_of_file("+CRSM: 144,0") is None


def test_the_number_of_an_error() -> None:
    assert at_answers.error_number("+CME ERROR: 10") == 10
    assert at_answers.error_number("+CME ERROR: SIM not inserted") is None
    assert at_answers.error_number("ERROR") is None


@given(line=st.text() | st.from_regex(r"\+[A-Z]{2,6}: [0-9,\"A-F ]{0,40}"))
def test_any_line_is_read_without_an_error(line: str) -> None:
    for read in READERS:
        read(line)  # type: ignore[operator]
