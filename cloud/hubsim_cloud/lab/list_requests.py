"""Requests for a page of a list of the lab, with a filter in the query string."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.http.paging import PAGING, next_page, read_pager
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import convert_query, read_query

Filter = TypeVar("Filter", bound=msgspec.Struct)


class ListRequest:
    """A request for a page. The token of the next page is valid for the same list, filter and world."""

    def __init__(self, request: Request, world: ServedWorld, names: tuple[str, ...]) -> None:
        """Read the query string, with these parameters and those of a page. Problem: `invalid_request`."""
        values = read_query(request, (*names, *PAGING))
        self._seal = world.auth.seal
        self._paging = {name: values.pop(name, None) for name in PAGING}
        self.values = values
        self._about = msgspec.json.encode((request.scope["path"], values)).decode()
        self.pager()  # a wrong token is refused before anything is asked for

    def pager(self) -> Pager:
        """Return a new pager of the page. Problems: `invalid_request`, `bad_page_token`."""
        return read_pager(self._paging, self._seal, self._about)

    def next_page(self, pager: Pager) -> str | None:
        """Return the token of the page after the one that the pager has taken."""
        return next_page(pager, self._seal, self._about)

    def read(self, kind: type[Filter]) -> Filter:
        """Return the filter. Problem: `invalid_request`."""
        return convert_query(self.values, kind)
