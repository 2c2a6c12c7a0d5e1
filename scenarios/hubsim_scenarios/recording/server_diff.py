"""Compares the state of a server at the end of a recording with the state at the end of the play."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.excerpts import around_difference
from hubsim_scenarios.language.matching import MAX_SHOWN_CHARS
from hubsim_scenarios.language.wording import PLAIN
from hubsim_scenarios.product.vocabulary import GROUPS
from hubsim_scenarios.recording.verify import BillingAndMail, Verification

_NOT_COMPARED = {
    "app": {"events"},
    "applied": {"version"},
    "shows": {"link", "buffered_events", "refused_messages", "old_documents"},
    "carrier": {"attached_hub", "executed_sequence"},
}
"""Counters and numbers that can differ between two runs of the same steps."""


class ServerState(msgspec.Struct, frozen=True):
    """The state of an idle server."""

    snapshots: dict[str, dict[str, Snapshot]]
    """By hub alias, as in `hubsim_scenarios.play.expectations.hub_snapshots`."""
    billing_and_mail: BillingAndMail


def differences(server: ServerState, verification: Verification) -> Iterator[str]:
    """Yield a text for each difference between the server and the play."""
    played = verification.closing
    for alias, snapshots in server.snapshots.items():
        for group, look in snapshots.items():
            for field in (each for each in GROUPS[group] if each not in _NOT_COMPARED[group]):
                name = f"{alias}: {group}.{field}"
                yield from _difference(name, look, played.get(alias, {}).get(group), field)
    expected, actual = server.billing_and_mail, verification.billing_and_mail
    for address in sorted(expected.mails.keys() | actual.mails.keys()):
        mails = expected.mails.get(address, []), actual.mails.get(address, [])
        if mails[0] != mails[1]:
            yield _text(f"mails of {address}", *mails)
    if expected.invoices != actual.invoices:
        yield _text("invoices", expected.invoices, actual.invoices)


def _difference(name: str, server: Snapshot, play: Mapping[str, Any] | None, field: str) -> Iterator[str]:
    expected = server.get(field)
    actual = None if play is None else play.get(field)
    if _plain(expected) != _plain(actual):
        yield _text(name, expected, actual)


def _text(name: str, server: object, play: object) -> str:
    """Return both values in words, shortened around their difference."""
    texts = around_difference(PLAIN.seen(server), PLAIN.seen(play), MAX_SHOWN_CHARS)
    return f"{name}: {texts[0]} on the server, {texts[1]} in the play"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
