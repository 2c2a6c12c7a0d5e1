"""Financial information: the amounts of money in facts and views, and the one rule about them.

Ajax invoices the Reseller of an activation (guide A6). Amounts therefore concern this Reseller and the
operator alone, not the Dealer, its Installers or another Reseller. An amount is a field of the
type `Cents`, and everything else follows from this mark:

- A fact with an amount concerns only the company in its field `reseller`: no other history or stream has it.
- A person without financial rights gets a view without its amounts: they are None.
"""

from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

Record = TypeVar("Record", bound=msgspec.Struct)


@cache
def carries_money(kind: Any) -> bool:
    """Return whether values of the type contain an amount, at any depth."""
    origin = get_origin(kind)
    if origin is Annotated:
        return is_amount(kind) or carries_money(get_args(kind)[0])
    if origin is not None:
        return any(carries_money(part) for part in get_args(kind) if part is not Ellipsis)
    return _is_record(kind) and any(carries_money(hint) for hint in _hints(kind).values())


def is_amount(hint: Any) -> bool:
    """Return whether the type of a field is an amount, or an amount or None."""
    if get_origin(hint) in {Union, UnionType}:
        return any(is_amount(part) for part in get_args(hint))
    extras = (mark.extra or {} for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Meta))
    return any("money" in extra for extra in extras)


def without_money(record: Record) -> Record:
    """Return the record with None for each amount, at any depth."""
    changes = {
        name: None if is_amount(hint) else _without(getattr(record, name))
        for name, hint in _hints(type(record)).items()
        if carries_money(hint)
    }
    return msgspec.structs.replace(record, **changes)


def _without(value: Any) -> Any:
    """Return the value of a field that carries money, without it: records, tuples of records, or None."""
    if isinstance(value, tuple):
        return tuple(map(without_money, value))
    return None if value is None else without_money(value)


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
