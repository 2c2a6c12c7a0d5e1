"""What the type of a problem document points to: a page that explains the problem, for people or programs."""

from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cloud.domain.refusals import RefusalName
from cloud.http.answers import json_answer
from cloud.http.ports import CloudWorld
from cloud.http.problems import Problem, ProblemName, status_of, title_of
from contract.docstrings import texts_behind


class Explanation(msgspec.Struct, frozen=True):
    """What a problem of this name is."""

    name: str
    title: str
    status: int
    text: str


def explanation_of(name: ProblemName | RefusalName) -> Explanation:
    """Return the explanation, from the text that stands behind the name in the source."""
    text = texts_behind(type(name)).get(name.name, f"{title_of(name)}.")
    return Explanation(name.value, title_of(name), status_of(name), text)


async def show_problem(request: Request, _world: CloudWorld) -> Response:
    """Explain a problem by its name, as JSON, or as a page where the client prefers HTML."""
    name = _known(request.scope["path_params"]["name"])
    explanation = explanation_of(name)
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
