"""Lets a request pass, or says why not. Every route is decided here and nowhere else."""

from quart.wrappers.base import BaseRequestWebsocket

from auth.door import Door
from auth.errors import LimitedError, RefusedError, UnauthorizedError
from auth.limits.in_memory import KEY_FAILED, source_of
from auth.login.activity import is_person
from auth.login.cookies import SESSION, cookie_of
from auth.login.sessions import Login
from auth.public_origin import is_ip, split_host
from auth.request_context import Caller, Visit
from auth.routes import SAFE, Guard, Route

UNAUTHORIZED = "Unauthorized - Invalid or missing API key"
SIGN_IN = "Unauthorized - Sign in first"


async def admit(door: Door, request: BaseRequestWebsocket, route: Route, visit: Visit) -> Caller | None:
    """Who may pass here; None where nobody is asked.

    Raises:
        RefusedError: not this request.
    """
    if route.guard is Guard.OPEN:
        return None
    if route.guard in (Guard.CALLER, Guard.KEY):
        return await _admit_caller(door, request, route, visit)
    check_host(door, visit)
    check_page(door, request, route, visit)
    if route.guard is Guard.VISITOR:
        return None
    login = await find_login(door, request, touch=is_person(request, route))
    if login is None:
        raise UnauthorizedError(SIGN_IN)
    return Caller(user=login.address, login=login)


async def find_login(door: Door, request: BaseRequestWebsocket, *, touch: bool = False) -> Login | None:
    """The live login of the request's cookie, of an address that is still allowed."""
    cookie = cookie_of(request, SESSION, door.site)
    if cookie is None:
        return None
    login = await door.logins.find(cookie, now=door.now(), touch=touch)
    return login if login is not None and door.allowlist.allows(login.address) else None


def check_host(door: Door, visit: Visit) -> None:
    """Refuses a Host that is not ours: the request was meant for another site, or its name was rebound to us."""
    if not door.site.is_ours(visit.host):
        raise _misdirected()


def _misdirected() -> RefusedError:
    return RefusedError(
        421,
        "wrong_host",
        "This address is not the one the server is set up for. Set PUBLIC_URL to the address you use in the browser",
    )


def check_page(door: Door, request: BaseRequestWebsocket, route: Route, visit: Visit) -> None:
    """Refuses what another site's page sent: unsafe methods and sockets must come from our own pages."""
    if not route.is_socket and request.method in SAFE:
        return
    fetch_site = request.headers.get("Sec-Fetch-Site")
    origins = request.headers.getlist("Origin")
    ours = door.site.origin_of(visit.host)
    foreign = fetch_site not in (None, "same-origin", "none") or any(origin != ours for origin in origins)
    # A browser always names the origin of a socket; only programs leave it out, and those have no tab.
    if foreign or (route.is_socket and not origins):
        _refuse_origin(door, visit)


def _refuse_origin(door: Door, visit: Visit) -> None:
    door.audit.note("forbidden_origin", request_id=visit.request_id, ip=visit.ip)
    raise RefusedError(403, "forbidden_origin", "This request came from another site's page")


async def _admit_caller(door: Door, request: BaseRequestWebsocket, route: Route, visit: Visit) -> Caller:
    if door.keys and (given := _keys_in(request)):
        return await _admit_key(door, given, visit)
    if route.guard is not Guard.KEY or not door.keys:
        login = await find_login(door, request, touch=is_person(request, route))
        if login is not None:
            check_host(door, visit)
            check_page(door, request, route, visit)
            return Caller(user=login.address, login=login)
    if not door.settings.queries_are_public:
        raise UnauthorizedError(UNAUTHORIZED)
    _check_public(door, request, visit)
    return Caller(user="public")


def _keys_in(request: BaseRequestWebsocket) -> list[str]:
    given = [key.strip() for key in request.headers.getlist("X-API-Key")]
    for header in request.headers.getlist("Authorization"):
        scheme, _, key = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            given.append(key.strip())
    return given


async def _admit_key(door: Door, given: list[str], visit: Visit) -> Caller:
    owner = door.keys.owner_of(given[0].encode("latin1")) if len(set(given)) == 1 else None
    if owner is not None:
        return Caller(user=owner)
    # The right key passes whatever others behind the same address got wrong: nobody can lock anyone out.
    source = source_of(visit.ip)
    if exceeded := await door.limits.take((KEY_FAILED, source)):
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule=KEY_FAILED.name)
        raise LimitedError("Too many wrong API keys. Try again later", exceeded.wait)
    door.audit.note("key_failed", request_id=visit.request_id, ip=visit.ip)
    raise UnauthorizedError(UNAUTHORIZED)


def _check_public(door: Door, request: BaseRequestWebsocket, visit: Visit) -> None:
    """The rules where no key is configured: a program may call, another site's page may not."""
    found = split_host(visit.host)
    # A literal address cannot be rebound to us by somebody's DNS; a name can.
    if not door.site.is_ours(visit.host) and not (found and is_ip(found[0])):
        raise _misdirected()
    ours = {door.site.origin_of(visit.host), f"{door.site.scheme}://{visit.host.lower()}"}
    if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        _refuse_origin(door, visit)
    if any(origin not in ours for origin in request.headers.getlist("Origin")):
        _refuse_origin(door, visit)
    has_body = request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers
    is_json = request.mimetype == "application/json"
    if request.method == "POST" and not is_json and (has_body or "Content-Type" in request.headers):
        raise RefusedError(415, "not_json", "Content-Type must be application/json")
