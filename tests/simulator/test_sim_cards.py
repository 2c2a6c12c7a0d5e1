import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.lab.bench_actions import CardCondition, CardKind
from hubsim_contract.wire.identifiers import iccid, imei, imsi
from hubsim_simulator.hardware.cards import card_kind, make_card, make_imei


def test_the_first_card_and_imei_have_the_documented_numbers() -> None:
    assert make_card(CardKind.AJAX, 1).iccid == "89883000000000000011"
    assert make_imei(1) == "352907000000018"


@given(kind=st.sampled_from(CardKind), number=st.integers(1, 10**10 - 1))
def test_every_card_is_valid_in_every_digit(kind: CardKind, number: int) -> None:
    card = make_card(kind, number)

    assert iccid(card.iccid) == card.iccid
    assert len(card.iccid) == 20
    assert imsi(card.imsi) == card.imsi
    assert card_kind(card.iccid) is kind
    assert make_card(kind, number) == card


@given(st.integers(1, 10**8 - 1))
def test_every_imei_is_valid(number: int) -> None:
    assert imei(make_imei(number)) == make_imei(number)


def test_different_numbers_give_different_cards() -> None:
    cards = [make_card(kind, number) for kind in CardKind for number in range(1, 200)]

    assert len({card.iccid for card in cards}) == len({card.imsi for card in cards}) == len(cards)


def test_an_ajax_iccid_may_have_19_digits() -> None:
    assert card_kind("8988300000000000013") is CardKind.AJAX


def test_a_card_can_be_made_broken() -> None:
    assert make_card(CardKind.ORDINARY, 3, CardCondition.BROKEN).condition is CardCondition.BROKEN


@pytest.mark.parametrize("number", [0, -1, 10**10])
def test_a_card_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="is expected"):
        make_card(CardKind.AJAX, number)


@pytest.mark.parametrize("number", [0, 10**8])
def test_an_imei_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="is expected"):
        make_imei(number)
