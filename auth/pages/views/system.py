"""Health checks, and the assets of the gateway's pages."""

from dataclasses import dataclass

from quart import Request, Response

from auth.errors import NotFoundError
from auth.health import Health
from auth.pages.renderer import PageRenderer
from auth.request_context import RequestContext
from auth.responses import json_response


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemViews:
    """The views that need no user."""

    monitor: Health
    renderer: PageRenderer

    async def health(self, _: Request, __: RequestContext) -> Response:
        """Whether the deployment can answer prompts."""
        is_healthy, body = await self.monitor.report()
        return json_response(body, 200 if is_healthy else 503)

    async def live(self, _: Request, __: RequestContext) -> Response:
        """Whether the gateway runs."""
        return json_response({"status": "alive"})

    async def asset(self, request: Request, _: RequestContext) -> Response:
        """A style sheet or a picture."""
        name = request.view_args["name"] if request.view_args else ""
        response = self.renderer.asset(name)
        if response is None:
            raise NotFoundError
        return response
