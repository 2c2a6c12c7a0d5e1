"""Texts that people type are limited, and are one line."""

import pytest
from people_play import NOBODY, Play, personal

from hubsim_cloud.domain.commands import (
    AddHub,
    AppointReseller,
    ApproveRequest,
    BaseCommand,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    SendRequest,
    SetBillingZone,
    SignUp,
)
from hubsim_cloud.domain.types import OPERATOR, Actor
from hubsim_cloud.domain.validation import MAX_TEXT_CHARS

LONGEST = "w" * MAX_TEXT_CHARS


@pytest.fixture
def play() -> Play:
    return Play()


def commands_with_text(play: Play, text: str) -> list[tuple[Actor, BaseCommand]]:
    """Return every command with a typed text, each with an actor who may send it."""
    reseller, dealer = play.reseller("rita"), play.dealer("olga")
    play.does(dealer, SendRequest(reseller=reseller.account))
    assert dealer.account is not None
    place = play.does(dealer, CreateObject(name="Villa"))["object"]
    return [
        (NOBODY, SignUp(email="ivan@example.com", name=text)),
        (personal(dealer), CreateCompany(name=text, country="PL")),
        (personal(dealer), CreateCompany(name="Wolf", country=text)),
        (play.owner("sam"), EnrollAsDealer(registration_number=text)),
        (dealer, SetBillingZone(zone=text)),
        (dealer, CreateObject(name=text)),
        (dealer, AddHub(object=place, hub="0000AA01", model=text)),
        (reseller, ApproveRequest(dealer=dealer.account, number=text)),
    ]


@pytest.mark.parametrize(
    "text",
    ["w" + LONGEST, "Wolf\nSecurity", "Wolf\x00", "\x1b[2J", "Wolf\x7f", "Wolf\u2028Security", "Wolf\ud800"],
    ids=["too long", "two lines", "nul", "escape", "delete", "line separator", "half a pair"],
)
def test_an_invalid_line_of_text_is_refused_in_every_command(play: Play, text: str) -> None:
    refusals = [play.refused(actor, command) for actor, command in commands_with_text(play, text)]

    assert refusals == ["invalid_text"] * 8


@pytest.mark.parametrize(
    "name", [LONGEST, f"  {LONGEST}\n", "Żubr & Söhne 警備", "\u0645\u200c\u06cc", "A\u00a0B"]
)
def test_a_name_can_be_in_any_script(play: Play, name: str) -> None:
    person = play.does(NOBODY, SignUp(email="ivan@example.com", name=name))["person"]

    assert play.state.people[person].name == name.strip()


@pytest.mark.parametrize("email", ["iv\x00an@example.com", "ivan@exam\x7fple.com", "iv\x1ban@example.com"])
def test_an_address_has_no_control_characters(play: Play, email: str) -> None:
    dealer, other = play.dealer("olga"), play.owner("sam")
    assert other.account is not None

    refusals = [
        play.refused(NOBODY, SignUp(email=email, name="Ivan")),
        play.refused(dealer, SendRequest(email=email)),
        play.refused(OPERATOR, AppointReseller(company=other.account, email=email)),
    ]

    assert refusals == ["invalid_email"] * 3


def test_a_dealers_number_is_optional(play: Play) -> None:
    reseller, dealer = play.reseller("rita"), play.dealer("olga")
    play.does(dealer, SendRequest(reseller=reseller.account))
    assert dealer.account is not None

    play.does(reseller, ApproveRequest(dealer=dealer.account, number=" "))

    assert reseller.account is not None
    assert play.state.connections[dealer.account][reseller.account].number is None
