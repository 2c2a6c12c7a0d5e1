"""The errors of a lab as problems of its HTTP API."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.lab.errors import (
    BadRequest,
    LabError,
    NoSimulator,
    NotIdle,
    NotStored,
    NotThere,
    SimulatorCannotStore,
)
from hubsim_cloud.lab.same_origin import check_from_here

_PROBLEMS: dict[type[LabError], ProblemName] = {
    NoSimulator: ProblemName.NO_SIMULATOR,
    NotIdle: ProblemName.NOT_IDLE,
    NotStored: ProblemName.NOT_IDLE,
    SimulatorCannotStore: ProblemName.STORAGE_UNAVAILABLE,
    NotThere: ProblemName.NOT_ON_BENCH,
    BadRequest: ProblemName.LAB_REFUSED,
}


def explained(handler: Handler, described: Callable[..., object]) -> Handler:
    """Return the handler of a lab, with its errors as problems; it has the name and text of `described`."""

    async def handle(request: Request, world: ServedWorld) -> Response:
        try:
            check_from_here(request)
            return await handler(request, world)
        except LabError as error:
            name = next(
                (problem for kind, problem in _PROBLEMS.items() if isinstance(error, kind)),
                ProblemName.LAB_REFUSED,
            )
            raise Problem(name, str(error), facts={"reason": error.name}) from error

    handle.__name__ = described.__name__
    handle.__doc__ = described.__doc__
    return handle
