"""The limits of wrong passwords: what each counter refuses, for how long, and for whom it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.service.sign_in_limits import (
    ACCOUNT_FAILURES,
    ACCOUNT_REFILL_MS,
    ADDRESS_FAILURES,
    ADDRESS_REFILL_MS,
    ENTRIES_MAX,
    FORGOTTEN_MS,
    KNOWN_MS,
    PAIR_FAILURES,
    PAUSE_MAX_MS,
    Limited,
    LimitKind,
    SignInLimits,
    Visitor,
    network_of,
)

NOW = 1_800_000_000_000
OLGA = Visitor("olga@example.com", "192.0.2.1")


def limits(failures: int, visitor: Visitor = OLGA) -> SignInLimits:
    """Return limits after wrong passwords of one visitor at one instant."""
    found = SignInLimits()
    for _ in range(failures):
        found.failed(visitor, NOW)
    return found


def test_the_first_wrong_passwords_cost_nothing() -> None:
    assert limits(PAIR_FAILURES - 1).check(OLGA, NOW) is None


def test_further_wrong_passwords_double_the_pause_up_to_a_bound() -> None:
    found = limits(PAIR_FAILURES - 1)
    pauses = []
    for _ in range(12):
        limited = found.failed(OLGA, NOW)
        assert limited is not None
        pauses.append(limited.wait_ms // 1_000)

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert limited.kind is LimitKind.PAIR
    assert found.check(OLGA, NOW + PAUSE_MAX_MS - 1) == Limited(LimitKind.PAIR, 1)
    assert found.check(OLGA, NOW + PAUSE_MAX_MS) is None


def test_the_right_password_ends_the_pauses() -> None:
    found = limits(PAIR_FAILURES + 3)

    found.succeeded(OLGA, NOW)

    assert found.check(OLGA, NOW) is None
    assert found.failed(OLGA, NOW) is None


def test_a_pair_is_forgotten_after_a_day() -> None:
    found = limits(PAIR_FAILURES + 3)

    assert found.failed(OLGA, NOW + FORGOTTEN_MS) is None


def test_guesses_from_many_addresses_stop_at_the_account_but_not_for_its_owner() -> None:
    found = SignInLimits()
    found.succeeded(OLGA, NOW)
    for number in range(ACCOUNT_FAILURES):
        limited = found.failed(Visitor(OLGA.account, f"198.51.100.{number}"), NOW)
    stranger = Visitor(OLGA.account, "203.0.113.1")

    assert limited == found.check(stranger, NOW) == Limited(LimitKind.ACCOUNT, ACCOUNT_REFILL_MS)
    assert found.check(stranger, NOW + ACCOUNT_REFILL_MS) is None
    assert found.check(OLGA, NOW) is None


def test_guesses_for_many_accounts_stop_at_the_address_but_not_for_its_neighbours() -> None:
    found = SignInLimits()
    found.succeeded(OLGA, NOW)
    for number in range(ADDRESS_FAILURES):
        limited = found.failed(Visitor(f"{number}@example.com", OLGA.address), NOW)

    newcomer = Visitor("new@example.com", OLGA.address)
    assert limited == found.check(newcomer, NOW) == Limited(LimitKind.ADDRESS, ADDRESS_REFILL_MS)
    assert found.check(OLGA, NOW) is None
    assert found.check(Visitor("new@example.com", "203.0.113.1"), NOW) is None


def test_an_account_is_known_for_a_while() -> None:
    found = SignInLimits()
    found.succeeded(OLGA, NOW)

    assert found.is_known(OLGA, NOW + KNOWN_MS - 1)
    assert not found.is_known(OLGA, NOW + KNOWN_MS)
    assert not found.is_known(OLGA._replace(address="203.0.113.1"), NOW)


def test_an_allowed_failure_is_used_up_again() -> None:
    found = SignInLimits()
    for number in range(ACCOUNT_FAILURES):
        found.failed(Visitor(OLGA.account, f"198.51.100.{number}"), NOW)
    later = NOW + ACCOUNT_REFILL_MS
    stranger = Visitor(OLGA.account, "203.0.113.1")

    assert found.failed(stranger, later) == Limited(LimitKind.ACCOUNT, ACCOUNT_REFILL_MS)


def test_memory_is_bounded() -> None:
    found = SignInLimits()
    for number in range(ENTRIES_MAX + 5):
        found.failed(Visitor(f"{number}@example.com", str(number)), NOW)
        found.succeeded(Visitor(f"{number}@example.com", str(number)), NOW)
        found.failed(Visitor(f"{number}@example.com", str(number)), NOW)

    assert max(map(len, (found._pairs, found._known, found._accounts, found._addresses))) == ENTRIES_MAX


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 100_000)), max_size=300))
def test_a_refused_attempt_is_allowed_after_the_stated_time(steps: list[tuple[int, int, int]]) -> None:
    found, now_ms = SignInLimits(), NOW
    for account, address, pause_ms in steps:
        now_ms += pause_ms
        visitor = Visitor(str(account), str(address))
        limited = found.check(visitor, now_ms)
        if limited is None:
            limited = found.failed(visitor, now_ms)
        while limited is not None and limited.wait_ms <= PAUSE_MAX_MS and found.check(visitor, now_ms):
            assert limited.wait_ms >= 1
            now_ms += limited.wait_ms
            limited = found.check(visitor, now_ms)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_client_counts_by_its_network(host: str, network: str) -> None:
    assert network_of(host) == network
