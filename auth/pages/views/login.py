"""The login: a visitor requests a link (`start`), opens it (`verify`), and may have to confirm it (`confirm`)."""

import json
from collections.abc import Coroutine
from dataclasses import dataclass
from urllib.parse import parse_qs

from quart import Request, Response

from auth.errors import BodyInvalidError, BodyTypeError, LinkInvalidError, RefusedError, as_refusal
from auth.guard import Guard
from auth.login.cookies import BROWSER, NONCE, SESSION, Cookies
from auth.login.links import LIFETIME, Link
from auth.login.new_browser_notice import NewBrowserNotice
from auth.login.redeem_link import Browser, LinkRedeemer
from auth.login.send_login_link import LoginLinkSender
from auth.login.sessions import BROWSER_RETENTION
from auth.login.tokens import is_secret, new_secret
from auth.open_streams import OpenStreams
from auth.pages.renderer import PageRenderer
from auth.pages.user_agent import browser_name
from auth.public_origin import PublicOrigin
from auth.request_body import read_body
from auth.request_context import RequestContext
from auth.responses import no_content, redirect, wants_page
from runtime.background_tasks import BackgroundTasks
from runtime.database.errors import DatabaseUnavailableError

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
BAD_REQUEST = 400
MAX_TASKS = 1000
"""Mails being sent in the background; further ones are not sent."""
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginViews:
    """The views in the order of a login."""

    guard: Guard
    sender: LoginLinkSender
    redeemer: LinkRedeemer
    notice: NewBrowserNotice
    open_streams: OpenStreams
    cookies: Cookies
    renderer: PageRenderer
    origin: PublicOrigin
    tasks: BackgroundTasks
    session_seconds: float
    """The lifetime of a login."""
    is_uniform: bool
    """Whether `start` responds the same to every address (AUTH_UNIFORM_RESPONSES)."""

    async def show_sign_in(self, request: Request, _: RequestContext) -> Response:
        """The page that asks for the address; users who are signed in go to the start page."""
        if await self.guard.find_login(request) is not None:
            return redirect("/", 302)
        return self.renderer.render("sign_in", problem="", address="", hint=self._delivery_hint())

    async def start(self, request: Request, context: RequestContext) -> Response:
        """Sends a sign-in link to the address in the body."""
        if request.mimetype not in (JSON, FORM):
            raise BodyTypeError
        is_form = request.mimetype == FORM and wants_page(request)
        nonce = self._nonce_of(request)
        address: object = None
        try:
            address = await _read_address(request, context)
            await self._send_link(address, nonce, context)
        except (RefusedError, DatabaseUnavailableError) as error:
            refusal = as_refusal(error)
            is_hidden = self.is_uniform and refusal.status == BAD_REQUEST
            if is_form and not is_hidden:
                return self._show_problem(refusal, address)
            if not is_hidden:
                raise
        response = redirect("/auth/sent") if is_form else no_content()
        self.cookies.set(response, NONCE, nonce, seconds=LIFETIME)
        return response

    async def show_sent(self, _: Request, __: RequestContext) -> Response:
        """The page after a link was requested."""
        return self.renderer.render("sent", hint=self._delivery_hint())

    async def verify(self, request: Request, context: RequestContext) -> Response:
        """Signs in the browser that requested the link. Others see a button, because mail scanners open links too."""
        token = _only(request.args.getlist("t"))
        try:
            link = await self.redeemer.find(token, context.requester)
            if request.method == "GET" and self._has_requested(link, request) and not _is_prefetch(request):
                return await self._sign_in(request, context, link, token, status=302)
        except LinkInvalidError as error:
            return self._show_expired(request, error)
        return self.renderer.render("confirm", token=token, address=link.address, host=self.origin.host)

    async def confirm(self, request: Request, context: RequestContext) -> Response:
        """Signs in the browser in which the button was pressed."""
        token = await _read_token(request, context)
        try:
            link = await self.redeemer.find(token, context.requester)
            return await self._sign_in(request, context, link, token, status=303)
        except LinkInvalidError as error:
            return self._show_expired(request, error)

    async def _sign_in(
        self, request: Request, context: RequestContext, link: Link, token: str, *, status: int
    ) -> Response:
        browser = self._browser_of(request)
        login = await self.redeemer.redeem(link, token, browser, context.requester)
        self.open_streams.end_logins(set(login.ended_logins))
        if login.is_new_browser:
            self._start_task(self.notice.send(login.address, browser, context.requester.ip))
        response = redirect("/", status)
        self.cookies.set(response, SESSION, login.cookie, seconds=self.session_seconds)
        self.cookies.set(response, BROWSER, browser.secret, seconds=BROWSER_RETENTION)
        self.cookies.delete(response, NONCE)
        return response

    async def _send_link(self, address: object, nonce: str, context: RequestContext) -> None:
        if self.is_uniform:
            self._start_task(self.sender.send_after_response(address, nonce, context.requester))
        else:
            await self.sender.send(address, nonce, context.requester)

    def _start_task(self, work: Coroutine[None, None, None]) -> None:
        if len(self.tasks) < MAX_TASKS:
            self.tasks.start(work)
        else:
            work.close()

    def _nonce_of(self, request: Request) -> str:
        # A nonce is reused, so that links that this browser requested earlier still sign it in directly.
        nonce = self.cookies.get(request, NONCE)
        return nonce if nonce and is_secret(nonce) else new_secret()

    def _has_requested(self, link: Link, request: Request) -> bool:
        nonce = self.cookies.get(request, NONCE)
        return nonce is not None and is_secret(nonce) and link.was_requested_with(nonce)

    def _browser_of(self, request: Request) -> Browser:
        secret = self.cookies.get(request, BROWSER)
        return Browser(
            secret=secret if secret and is_secret(secret) else new_secret(),
            name=browser_name(request.headers.get("User-Agent", "")),
            session_cookie=self.cookies.get(request, SESSION),
        )

    def _show_problem(self, error: RefusedError, address: object) -> Response:
        entered = address[:254] if isinstance(address, str) else ""
        response = self.renderer.render(
            "sign_in", error.status, problem=error.message, address=entered, hint=self._delivery_hint()
        )
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def _show_expired(self, request: Request, error: LinkInvalidError) -> Response:
        if not wants_page(request):
            raise error
        return self.renderer.render("expired", error.status)

    def _delivery_hint(self) -> str:
        if self.sender.mailer is not None:
            return ""
        if self.sender.prints_links:
            return "No mail is set up, so the link is printed in the terminal where the server runs."
        return "No mail is set up on this server. Ask its operator for a link; the command login-link makes one."


async def _read_address(request: Request, context: RequestContext) -> object:
    body = await read_body(request, context.max_body_bytes)
    if request.mimetype == FORM:
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
        except ValueError:
            raise BodyInvalidError("The form has too many fields") from None
        return fields.get("email", [None])[0]
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise BodyInvalidError("The request's body is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise BodyInvalidError("The request's body must be a JSON object")
    return parsed.get("email")


async def _read_token(request: Request, context: RequestContext) -> str:
    body = await read_body(request, context.max_body_bytes)
    try:
        return _only(parse_qs(body.decode("utf-8", "replace"), max_num_fields=10).get("t", []))
    except ValueError:
        return ""


def _only(values: list[str]) -> str:
    return values[0] if len(values) == 1 else ""


def _is_prefetch(request: Request) -> bool:
    purposes = [request.headers.get(name, "").lower() for name in PREFETCH_HEADERS]
    return any("prefetch" in purpose or "preview" in purpose for purpose in purposes)
