"""The user's logins: who is signed in, the list of logins, ending them and signing out."""

from collections.abc import Callable
from dataclasses import dataclass

from quart import Request, Response

from auth.audit import Audit
from auth.errors import NotFoundError
from auth.guard import Guard
from auth.login.cookies import SESSION, Cookies
from auth.login.sessions import Login, Logins
from auth.open_streams import OpenStreams
from auth.pages.renderer import PageRenderer
from auth.request_context import RequestContext
from auth.responses import json_response, no_content, redirect, wants_page
from runtime.clock import timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionViews:
    """The views under /auth/sessions, and those that show or end the current login."""

    guard: Guard
    logins: Logins
    open_streams: OpenStreams
    cookies: Cookies
    renderer: PageRenderer
    audit: Audit
    now: Callable[[], float]
    security_notice: str
    """Shown on the page; see `startup_summary.open_modes`."""

    async def ping(self, _: Request, __: RequestContext) -> Response:
        """Responds while the caller is signed in; the guard refuses everyone else."""
        return json_response({"ok": True})

    async def show_user(self, _: Request, context: RequestContext) -> Response:
        """The address of the user."""
        return json_response({"email": context.login.address})

    async def list_logins(self, request: Request, context: RequestContext) -> Response:
        """The user's live logins."""
        address = context.login.address
        logins = await self.logins.list_for(address, now=self.now())
        entries = [_entry(login, context.login) for login in logins]
        if not wants_page(request):
            return json_response({"sessions": entries})
        return self.renderer.render("logins", address=address, entries=entries, notice=self.security_notice)

    async def end_login(self, request: Request, context: RequestContext) -> Response:
        """Ends one of the user's logins."""
        name = request.view_args["name"] if request.view_args else ""
        ended = await self.logins.end(context.login.address, now=self.now(), name=name)
        if not ended:
            raise NotFoundError("There is no such login")
        self.open_streams.end_logins(set(ended))
        self.audit.record("session_revoked", context.requester, user=context.user)
        if context.login.id in ended:
            return self._signed_out(request)
        return redirect("/auth/sessions") if wants_page(request) else no_content()

    async def log_out(self, request: Request, context: RequestContext) -> Response:
        """Ends the current login, if there is one."""
        login = await self.guard.find_login(request)
        if login is not None:
            ended = await self.logins.end(login.address, now=self.now(), name=login.name)
            self.open_streams.end_logins(set(ended))
            self.audit.record("logout", context.requester, user=login.address)
        return self._signed_out(request)

    async def log_out_everywhere(self, request: Request, context: RequestContext) -> Response:
        """Ends all of the user's logins."""
        ended = await self.logins.end(context.login.address, now=self.now())
        self.open_streams.end_logins(set(ended))
        self.audit.record("session_revoked", context.requester, user=context.user, logins=len(ended))
        return self._signed_out(request)

    async def show_signed_out(self, _: Request, __: RequestContext) -> Response:
        """The page after signing out."""
        return self.renderer.render("signed_out")

    def _signed_out(self, request: Request) -> Response:
        response = redirect("/auth/signed-out") if wants_page(request) else no_content()
        self.cookies.delete(response, SESSION)
        return response


def _entry(login: Login, current: Login) -> dict[str, object]:
    return {
        "id": login.name,
        "createdAt": timestamp(login.created_at),
        "lastSeenAt": timestamp(login.seen_at),
        "expiresAt": timestamp(login.expires_at),
        "ip": login.ip,
        "browser": login.browser,
        "current": login.id == current.id,
    }
