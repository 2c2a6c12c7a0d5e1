"""The response for a problem, in the language that the client prefers."""

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.http.lab_refusal_texts import DETAIL, situation_text
from hubsim_cloud.http.languages import ResponseLanguage, preferred_language
from hubsim_cloud.http.mistake_texts import polish_mistake
from hubsim_cloud.http.problem_texts import PLACES, polish_text
from hubsim_cloud.http.problems import MEDIA_TYPE, Mistake, Problem, ProblemDocument, status_of, title_of

RETRY_AFTER_S = 5
"""The `Retry-After` of the responses with status 503."""
_BODY = "treść żądania"
"""The place of a mistake that is in no field of the body."""
_encode = msgspec.json.Encoder().encode


class ProblemResponse(Response):
    """A problem document (RFC 9457). Title and detail are Polish for a client that prefers Polish."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        status = status_of(problem.name)
        headers = {"Cache-Control": "no-store", **_headers_of(status), **problem.headers}
        super().__init__(None, status, headers, MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the document in the language of the request."""
        language = preferred_language(Headers(scope=scope).get("accept-language", ""))
        self.body = _encode(document_of(self._problem, language))
        self.headers["Content-Length"] = str(len(self.body))
        self.headers["Content-Language"] = language.value
        self.headers["Vary"] = "Accept-Language"
        await super().__call__(scope, receive, send)


def document_of(problem: Problem, language: ResponseLanguage) -> ProblemDocument:
    """Return the document of a problem in a language."""
    title, detail, errors = title_of(problem.name), problem.detail, problem.errors
    if language is ResponseLanguage.POLISH:
        places = ", ".join(mistake.pointer or _BODY for mistake in problem.errors)
        more = {PLACES: places, DETAIL: situation_text(problem.detail)}
        text = polish_text(problem.name.value, {**more, **problem.facts})
        title, detail = text.title, text.detail
        errors = tuple(Mistake(each.pointer, polish_mistake(each.what)) for each in errors)
    return ProblemDocument(
        type=f"/problems/{problem.name.value}",
        title=title,
        status=status_of(problem.name),
        detail=detail,
        name=problem.name.value,
        facts=problem.facts,
        errors=errors,
    )


def _headers_of(status: int) -> dict[str, str]:
    if status == 401:  # noqa: PLR2004 (RFC 9110 section 15.5.2)
        return {"WWW-Authenticate": 'Bearer realm="hubsim"'}
    return {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}  # noqa: PLR2004 (section 15.6.4)
