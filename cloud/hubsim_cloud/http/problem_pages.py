"""Pages that explain the problems, for people or programs; the type of a problem document links to one."""

from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem, ProblemName, status_of, title_of
from hubsim_cloud.http.responses import json_answer
from hubsim_contract.docstrings import documented_texts


class ProblemPage(msgspec.Struct, frozen=True):
    """The explanation of a problem."""

    name: str
    title: str
    status: int
    text: str


def problem_page_of(name: ProblemName | RefusalName) -> ProblemPage:
    """Return the explanation, from the text after the name in the source."""
    text = documented_texts(type(name)).get(name.name, f"{title_of(name)}.")
    return ProblemPage(name.value, title_of(name), status_of(name), text)


async def show_problem(request: Request, _world: ServedWorld) -> Response:
    """Explain a problem by its name, as JSON, or as HTML for a client that accepts HTML."""
    name = _known(request.scope["path_params"]["name"])
    explanation = problem_page_of(name)
    if "text/html" not in request.headers.get("accept", ""):
        return json_answer(explanation)
    title = escape(explanation.title)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{escape(explanation.text)}</p>"
        f"<p><code>{escape(explanation.name)}</code>, HTTP status {explanation.status}</p></html>"
    )


def _known(text: str) -> ProblemName | RefusalName:
    name = _NAMES.get(text)
    if name is None:
        raise Problem(ProblemName.NOT_FOUND, "There is no problem of this name.")
    return name


_NAMES: dict[str, ProblemName | RefusalName] = {
    **{name.value: name for name in ProblemName},
    **{name.value: name for name in RefusalName},
}
