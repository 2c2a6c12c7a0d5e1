"""Synthetic SIM cards and IMEIs. All digits are valid, and none belongs to a real subscriber.

The same number always gives the same card. Ajax cards have their own ICCID prefix.
"""

from hubsim_contract.lab.bench_actions import Card, CardCondition, CardKind
from hubsim_contract.wire.identifiers import luhn_digit

AJAX_PREFIX = "8988300"
_ORDINARY_PREFIX = "894800"
_ICCID_DIGITS = 20
_TEST_NETWORK = "00101"  # MCC and MNC of test networks (3GPP TS 36.508 section 4.4.2)
_PRIVATE_NETWORK = "99999"  # MCC and MNC for internal use (ITU-T E.212 annex on MCC 999)
_TYPE_ALLOCATION = "352907"
_IMSI_NUMBER_DIGITS = 10
_IMEI_NUMBER_DIGITS = 8


def card_kind(iccid: str) -> CardKind:
    """Return the issuer of the card with this ICCID, which must be in its normal form."""
    return CardKind.AJAX if iccid.startswith(AJAX_PREFIX) else CardKind.ORDINARY


def make_card(kind: CardKind, number: int, condition: CardCondition = CardCondition.HEALTHY) -> Card:
    """Return the card with this number, from 1. Raises `ValueError` for more than ten digits."""
    _check_number(number, _IMSI_NUMBER_DIGITS)
    ajax = kind is CardKind.AJAX
    prefix = AJAX_PREFIX if ajax else _ORDINARY_PREFIX
    body = prefix + str(number).zfill(_ICCID_DIGITS - 1 - len(prefix))
    network = _TEST_NETWORK if ajax else _PRIVATE_NETWORK
    imsi = network + str(number).zfill(_IMSI_NUMBER_DIGITS)
    return Card(kind=kind, iccid=body + luhn_digit(body), imsi=imsi, condition=condition)


def make_imei(number: int) -> str:
    """Return the IMEI with this number, from 1. Raises `ValueError` for more than eight digits."""
    _check_number(number, _IMEI_NUMBER_DIGITS)
    body = _TYPE_ALLOCATION + str(number).zfill(_IMEI_NUMBER_DIGITS)
    return body + luhn_digit(body)


def _check_number(number: int, digits: int) -> None:
    if not 1 <= number < 10**digits:
        raise ValueError(f"the number is {number}, but 1 to {10**digits - 1} is expected")
