"""Opening a sign-in link."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from quart import Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.audit import timestamp
from auth.door import Door
from auth.errors import LimitedError, MailError, RefusedError
from auth.limits.in_memory import VERIFY_FAILED, source_of
from auth.login.cookies import BROWSER, NONCE, SESSION, cookie_of, drop_cookie, set_cookie
from auth.login.links import Link, lane
from auth.login.sessions import BROWSER_KEPT
from auth.login.tokens import InvalidTokenError, hash_of, is_secret, new_secret
from auth.pages.renderer import wants_page
from auth.pages.user_agent import browser_name
from auth.request_body import read_body
from auth.request_context import Visit
from auth.responses import go_to

EXPIRED = "This sign-in link does not work any more. Each works once, for 10 minutes"


async def verify(door: Door, request: Request, visit: Visit) -> Response:
    """Signs in the browser that asked for the link; any other is shown a button, and nothing is consumed."""
    tokens = request.args.getlist("t")
    token = tokens[0] if len(tokens) == 1 else ""
    link = await _find(door, request, visit, token)
    if isinstance(link, Response):
        return link
    nonce = cookie_of(request, NONCE, door.site)
    is_asker = nonce is not None and is_secret(nonce) and link.was_asked_for_with(nonce)
    if request.method == "GET" and is_asker and not _is_prefetch(request):
        return await _sign_in(door, request, visit, token, status=302)
    return door.pages.render("confirm", token=token, address=link.address, host=door.site.host)


async def confirm(door: Door, request: Request, visit: Visit) -> Response:
    """The button of that page."""
    body = await read_body(request, visit.route.most if visit.route else 0)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        fields = {}
    tokens = fields.get("t", [])
    return await _sign_in(door, request, visit, tokens[0] if len(tokens) == 1 else "", status=303)


def _is_prefetch(request: Request) -> bool:
    purposes = [request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")]
    return any("prefetch" in purpose or "preview" in purpose for purpose in purposes)


async def _find(door: Door, request: Request, visit: Visit, token: str) -> Link | Response:
    try:
        link = await door.links.find(token, now=door.now())
    except InvalidTokenError:
        link = None
    if link is None or not link.is_live or not door.allowlist.allows(link.address):
        return await _failed(door, request, visit, is_reused=link is not None and link.is_used)
    return link


async def _failed(door: Door, request: Request, visit: Visit, *, is_reused: bool) -> Response:
    source = source_of(visit.ip)
    if exceeded := await door.limits.take((VERIFY_FAILED, source)):
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule=VERIFY_FAILED.name)
        raise LimitedError("Too many sign-in links that do not work. Try again later", exceeded.wait)
    door.audit.note("link_reused" if is_reused else "login_failed", request_id=visit.request_id, ip=visit.ip)
    if not wants_page(request):
        raise RefusedError(400, "invalid_link", EXPIRED)
    return door.pages.render("expired", 400)


async def _sign_in(door: Door, request: Request, visit: Visit, token: str, *, status: int) -> Response:
    browser = cookie_of(request, BROWSER, door.site)
    if browser is None or not is_secret(browser):
        browser = new_secret()
    name = browser_name(request.headers.get("User-Agent", ""))
    found = await _find(door, request, visit, token)
    if isinstance(found, Response):
        return found
    # In line with all that is done to this address's links: two of them opened at once would wait for each other.
    async with door.database.write_alone(lane(found.address)) as connection:
        before = cookie_of(request, SESSION, door.site)
        begun = await _begin(door, connection, token, before, browser, name, visit.ip)
    if begun is None:
        return await _failed(door, request, visit, is_reused=True)
    address = begun.address
    door.streams.revoke(set(begun.replaced))
    door.audit.note("login_ok", request_id=visit.request_id, ip=visit.ip, user=address)
    if begun.is_new_browser and door.mailer is not None:
        door.background.run(_tell(door, address, name, visit.ip, hash_of(browser)))
    response = go_to("/", status)
    set_cookie(response, SESSION, begun.cookie, door.site, seconds=door.logins.longest)
    set_cookie(response, BROWSER, browser, door.site, seconds=BROWSER_KEPT)
    drop_cookie(response, NONCE, door.site)
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    address: str
    cookie: str
    is_new_browser: bool
    replaced: list[str]
    """The login that this browser had before."""


async def _begin(
    door: Door, connection: AsyncConnection, token: str, before: str | None, browser: str, name: str, ip: str
) -> _Begun | None:
    """In one transaction a link is used and a login begun, or neither; None to all but one caller."""
    now = door.now()
    address = await door.links.consume(connection, token, now=now)
    if address is None:
        return None
    return _Begun(
        address=address,
        replaced=await door.logins.end_of_cookie(connection, before, now=now),
        cookie=await door.logins.begin(connection, address, ip=ip, browser=name, now=now),
        is_new_browser=await door.logins.remember_browser(connection, address, browser, now=now),
    )


async def _tell(door: Door, address: str, browser: str, ip: str, key: str) -> None:
    """Mails that a browser not seen before has signed in."""
    if door.mailer is None:
        return
    when = timestamp(door.now())
    try:
        await door.mailer.send(
            "new_sign_in",
            address,
            subject="New sign-in to Claude Code",
            key=hash_of(f"new {key} {address}"),
            address=address,
            host=door.site.host,
            browser=browser,
            ip=ip,
            when=f"{when[:10]} {when[11:16]} UTC",
            link=f"{door.site.url}/auth/sessions",
        )
    except MailError as error:
        door.log.warning("mail_failed", kind=error.kind)
