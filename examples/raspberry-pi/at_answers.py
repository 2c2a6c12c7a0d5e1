"""Answers of a modem, read into the words of the contract. Pure: lines in, values out.

Sources: 3GPP TS 27.007 for +CPIN (8.3), +CSQ (8.5), +CREG (7.2), +CEREG (10.1.22), +COPS (7.3), +CRSM (8.18)
and +CME ERROR (9.2); ETSI TS 102 221 section 13.2 for EF_ICCID. +CCID is not in the standard: modems print
the number with or without quotes, prefix, and a filler F.
"""

import re

from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import Registration, Signal, SimCard

PIN_STATES = {"READY": SimCard.OK, "SIM PIN": SimCard.LOCKED, "SIM PUK": SimCard.LOCKED}
"""Answers of +CPIN; all others need a code too."""
CARD_ERRORS = {
    10: SimCard.MISSING,
    11: SimCard.LOCKED,
    12: SimCard.LOCKED,
    13: SimCard.MALFUNCTION,
    14: SimCard.UNKNOWN,
    15: SimCard.MALFUNCTION,
}
"""+CME ERROR in answer to +CPIN: not inserted, PIN or PUK required, failure, busy, wrong."""
REGISTRATIONS = {
    **dict(enumerate(Registration)),
    6: Registration.NOT_REGISTERED,
    7: Registration.NOT_REGISTERED,
    8: Registration.DENIED,
    9: Registration.HOME,
    10: Registration.ROAMING,
}
"""`stat` of +CREG and +CEREG. 6 and 7 are for SMS only, 8 for emergency calls only."""
GENERATIONS = {
    **dict.fromkeys((0, 1, 3, 8), "2G"),
    **dict.fromkeys((2, 4, 5, 6), "3G"),
    **dict.fromkeys((7, 9, 10, 13), "4G"),
}
"""`AcT` of +COPS. The contract has no word for NR (11, 12)."""
NORMAL_RSSI, STRONG_RSSI = 10, 20
"""From -93 dBm and from -73 dBm: `rssi` of +CSQ is (dBm + 113) / 2."""
RSSI_MAX = 31
_NUMBER = re.compile(r"(?<![0-9])[0-9]{19,20}(?![0-9])")
_FIELD = re.compile(r'"[^"]*"|[^,]+|(?<=,)(?=,|$)')


def fields(line: str) -> list[str]:
    """Return the parameters after the colon of a line such as `+CEREG: 2,5,"1A2B"`; quotes stay."""
    return [each.strip() for each in _FIELD.findall(line.partition(":")[2].strip())]


def card_of(line: str) -> SimCard:
    """Return the state of the card from `+CPIN: READY`; any other code locks the card."""
    return PIN_STATES.get(line.partition(":")[2].strip().strip('"').upper(), SimCard.LOCKED)


def registration_of(line: str) -> Registration | None:
    """Return the registration from the answer `+CEREG: n,stat,...`; None for an unsolicited line.

    An unsolicited `+CEREG: stat,"tac",...` has no `n`, so its second parameter is not a number.
    """
    found = fields(line)
    if len(found) < 2 or not found[1].isdecimal():  # noqa: PLR2004 (n and stat)
        return None
    return REGISTRATIONS.get(int(found[1]), Registration.UNKNOWN)


def signal_of(line: str) -> Signal:
    """Return the signal from `+CSQ: rssi,ber`. 99 means that the modem does not know it."""
    rssi = (fields(line) or [""])[0]
    if not rssi.isdecimal() or not 0 < int(rssi) <= RSSI_MAX:
        return Signal.NONE
    if int(rssi) >= STRONG_RSSI:
        return Signal.STRONG
    return Signal.NORMAL if int(rssi) >= NORMAL_RSSI else Signal.WEAK


def generation_of(line: str) -> str | None:
    """Return the generation from `+COPS: mode,format,"operator",AcT`; None without an operator."""
    found = fields(line)
    if len(found) < 4 or not found[3].isdecimal():  # noqa: PLR2004 (AcT is the fourth)
        return None
    return GENERATIONS.get(int(found[3]))


def iccid_of(line: str) -> str | None:
    """Return the number of the card from an answer to +CCID; None if it is not readable."""
    return _valid(_NUMBER.findall(line))


def iccid_of_file(line: str) -> str | None:
    """Return the number of the card from `+CRSM: 144,0,"988803..."`: two swapped digits in each byte."""
    found = fields(line)
    if len(found) < 3 or found[0] != "144":  # noqa: PLR2004 (144 is 0x90: the card has answered)
        return None
    text = found[2].strip('"')
    return _valid(_NUMBER.findall("".join(text[at : at + 2][::-1] for at in range(0, len(text), 2))))


def error_number(line: str) -> int | None:
    """Return the number of `+CME ERROR: 10`; None for another final result."""
    name, _, number = line.partition(":")
    return int(number) if name == "+CME ERROR" and number.strip().isdecimal() else None


def _valid(numbers: list[str]) -> str | None:
    for number in numbers:
        try:
            return iccid(number)
        except BadIdentifier:
            continue
    return None
