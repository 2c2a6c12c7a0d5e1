"""What a server showed at the end of a recording, beside what the play of it shows."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.patterns import show
from hubsim_scenarios.product.vocabulary import GROUPS
from hubsim_scenarios.recording.verify import BillingAndMail, Verification

_NOT_ALIKE = {
    "app": {"events"},
    "applied": {"version"},
    "shows": {"link", "buffered_events", "refused_messages", "old_documents"},
    "carrier": {"attached_hub", "executed_sequence"},
}
"""Fields that count or number something, which two runs of the same need not do alike."""


class SeenThere(msgspec.Struct, frozen=True):
    """What a server showed, at rest."""

    looks: dict[str, dict[str, Snapshot]]
    """By hub alias, as `hubsim_scenarios.play.expectations.hub_looks` has them."""
    books: BillingAndMail


def differences(there: SeenThere, verification: Verification) -> Iterator[str]:
    """Yield in words what was otherwise on the server than in the play."""
    here = verification.closing
    for alias, looks in there.looks.items():
        for look, seen in looks.items():
            for field in (each for each in GROUPS[look] if each not in _NOT_ALIKE[look]):
                yield from _difference(f"{alias}: {look}.{field}", seen, here.get(alias, {}).get(look), field)
    for address in sorted(there.books.mails.keys() | verification.books.mails.keys()):
        mails = there.books.mails.get(address, []), verification.books.mails.get(address, [])
        if mails[0] != mails[1]:
            yield f"mails of {address}: there {show(mails[0])}, here {show(mails[1])}"
    if there.books.invoices != verification.books.invoices:
        yield f"invoices: there {there.books.invoices}, here {verification.books.invoices}"


def _difference(what: str, there: Snapshot, here: Mapping[str, Any] | None, field: str) -> Iterator[str]:
    seen = there.get(field)
    played = None if here is None else here.get(field)
    if _plain(seen) != _plain(played):
        yield f"{what} was {show(seen)} there, is {show(played)} here"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
