"""The types of a route's requests and responses, made from the domain's types.

A body or a query string has the fields of the command or query that are not in the path. Unknown fields are
refused.
"""

import re
from functools import cache
from typing import Any, get_type_hints

import msgspec

from hubsim_cloud.domain.views.answer import ANSWERS
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.http.routes import PagedList, Route

_IN_PATH = re.compile(r"{([a-z_]+)}")


def path_names(path: str) -> tuple[str, ...]:
    """Return the names of the variables of a path."""
    return tuple(_IN_PATH.findall(path))


@cache
def input_type(route: Route) -> type[msgspec.Struct]:
    """Return the type of the body, or of the query string without paging."""
    in_path = path_names(route.path)
    fields = [field for field in msgspec.structs.fields(route.act) if field.name not in in_path]
    kind = "Body" if route.is_command else "Parameters"
    return msgspec.defstruct(
        f"{route.act.__name__}{kind}",
        [_definition(field) for field in fields],
        namespace={"__doc__": route.act.__doc__},
        module=route.act.__module__,
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


def view_type(route: Route) -> type[View]:
    """Return the type of the view that the route's query returns."""
    view: type[View] = get_type_hints(ANSWERS[route.act])["return"]  # type: ignore[index]
    return view


@cache
def page_type(view: type[View], listing: PagedList) -> type[msgspec.Struct]:
    """Return the type of one page of the view: the view, and the token of the next page."""
    fields: list[Any] = [_definition(field) for field in msgspec.structs.fields(view)]
    text = f"{view.__doc__} This is one page; the next one continues `{listing.field}`."
    return msgspec.defstruct(
        f"{view.__name__.removesuffix('View')}Page",
        [*fields, ("next_page", str | None)],
        namespace={"__doc__": text},
        module=view.__module__,
        kw_only=True,
        frozen=True,
    )


def _definition(field: msgspec.structs.FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.default is not msgspec.NODEFAULT:
        return field.name, field.type, field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.name, field.type, msgspec.field(default_factory=field.default_factory)
    return field.name, field.type
