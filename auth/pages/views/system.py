"""Health, and the files of the door's pages."""

from quart import Request, Response

from auth.door import Door
from auth.errors import RefusedError
from auth.request_context import Visit
from auth.responses import as_json


async def health(door: Door, _: Request, __: Visit) -> Response:
    """Whether prompts can be answered."""
    healthy, body = await door.health.report()
    return as_json(body, 200 if healthy else 503)


async def live(_: Door, __: Request, ___: Visit) -> Response:
    """That the front door runs."""
    return as_json({"status": "alive"})


async def asset(door: Door, request: Request, _: Visit) -> Response:
    """A style sheet or picture."""
    name = request.view_args["name"] if request.view_args else ""
    found = door.pages.asset(name)
    if found is None:
        raise RefusedError(404, "not_found", "Not found")
    return found
