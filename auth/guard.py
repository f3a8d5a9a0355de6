"""Admits or refuses each request. Who may use which path is declared in `auth/routes.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from quart.wrappers.base import BaseRequestWebsocket

from auth.audit import Audit
from auth.errors import BodyTypeError, ForeignOriginError, UnauthorizedError, WrongHostError
from auth.limits.rules import KEY_FAILED, source_of
from auth.login.activity import is_made_by_person
from auth.login.allowlist import Allowlist
from auth.login.api_keys import ApiKeys
from auth.login.cookies import SESSION, Cookies
from auth.login.sessions import Login, Logins
from auth.public_origin import PublicOrigin, is_ip, split_host
from auth.rate_limiter import RateLimiter
from auth.request_context import Caller, RequestContext
from auth.routes import SAFE_METHODS, Access, Route

KEY_REQUIRED = "Unauthorized - Invalid or missing API key"
LOGIN_REQUIRED = "Unauthorized - Sign in first"
TOO_MANY_WRONG_KEYS = "Too many wrong API keys. Try again later"
OWN_FETCH_SITES = (None, "same-origin", "none")
"""Values of Sec-Fetch-Site for requests that do not come from another site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Admits requests or refuses them."""

    origin: PublicOrigin
    keys: ApiKeys
    is_api_public: bool
    """Whether the API serves callers without a key or a login."""
    logins: Logins
    allowlist: Allowlist
    cookies: Cookies
    limiter: RateLimiter
    audit: Audit
    now: Callable[[], float]

    async def admit(self, request: BaseRequestWebsocket, route: Route, context: RequestContext) -> Caller | None:
        """Returns the user of the request; None if the route needs none.

        Raises:
            RefusedError: the request is not admitted.
        """
        if route.access is Access.OPEN:
            return None
        if route.access in (Access.API, Access.KEY):
            return await self._admit_caller(request, route, context)
        self._check_host(context)
        self._check_origin(request, route, context)
        if route.access is Access.BROWSER:
            return None
        login = await self.find_login(request, touch=is_made_by_person(request, route))
        if login is None:
            raise UnauthorizedError(LOGIN_REQUIRED)
        return Caller(user=login.address, login=login)

    async def find_login(self, request: BaseRequestWebsocket, *, touch: bool = False) -> Login | None:
        """The live login of the request's cookie, if its address may still sign in.

        Args:
            touch: whether to move the idle deadline, because a person made the request.
        """
        cookie = self.cookies.get(request, SESSION)
        if cookie is None:
            return None
        login = await self.logins.find(cookie, now=self.now(), touch=touch)
        return login if login is not None and self.allowlist.allows(login.address) else None

    def _check_host(self, context: RequestContext) -> None:
        """Refuses requests whose Host is not ours (misdirected, or DNS rebinding)."""
        if not self.origin.includes_host(context.host):
            raise WrongHostError

    def _check_origin(self, request: BaseRequestWebsocket, route: Route, context: RequestContext) -> None:
        """Refuses unsafe requests and sockets that do not come from our own pages."""
        if not route.is_socket and request.method in SAFE_METHODS:
            return
        origins = request.headers.getlist("Origin")
        own = self.origin.origin_for(context.host)
        is_foreign = request.headers.get("Sec-Fetch-Site") not in OWN_FETCH_SITES or any(
            origin != own for origin in origins
        )
        # A browser always sends the origin of a socket, and only browsers show the terminal.
        if is_foreign or (route.is_socket and not origins):
            self._refuse_origin(context)

    def _refuse_origin(self, context: RequestContext) -> None:
        self.audit.record("forbidden_origin", context.requester)
        raise ForeignOriginError

    async def _admit_caller(self, request: BaseRequestWebsocket, route: Route, context: RequestContext) -> Caller:
        if self.keys and (given := _keys_of(request)):
            return await self._admit_key(given, context)
        if route.access is not Access.KEY or not self.keys:
            login = await self.find_login(request, touch=is_made_by_person(request, route))
            if login is not None:
                self._check_host(context)
                self._check_origin(request, route, context)
                return Caller(user=login.address, login=login)
        if not self.is_api_public:
            raise UnauthorizedError(KEY_REQUIRED)
        self._check_public_request(request, context)
        return Caller(user="public")

    async def _admit_key(self, given: list[str], context: RequestContext) -> Caller:
        name = self.keys.name_of(given[0].encode("latin1")) if len(set(given)) == 1 else None
        if name is not None:
            return Caller(user=name)
        # Only wrong keys are counted, so callers behind the same address with the right key are not locked out.
        await self.limiter.take(context.requester, TOO_MANY_WRONG_KEYS, (KEY_FAILED, source_of(context.requester.ip)))
        self.audit.record("key_failed", context.requester)
        raise UnauthorizedError(KEY_REQUIRED)

    def _check_public_request(self, request: BaseRequestWebsocket, context: RequestContext) -> None:
        """Refuses requests from pages of other sites where programs need no key."""
        found = split_host(context.host)
        # DNS rebinding needs a host name, so a literal IP address is safe.
        if not self.origin.includes_host(context.host) and not (found and is_ip(found[0])):
            raise WrongHostError
        own = {self.origin.origin_for(context.host), f"{self.origin.scheme}://{context.host.lower()}"}
        if request.headers.get("Sec-Fetch-Site") not in OWN_FETCH_SITES:
            self._refuse_origin(context)
        if any(origin not in own for origin in request.headers.getlist("Origin")):
            self._refuse_origin(context)
        has_body = request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers
        is_json = request.mimetype == "application/json"
        if request.method == "POST" and not is_json and (has_body or "Content-Type" in request.headers):
            raise BodyTypeError


def _keys_of(request: BaseRequestWebsocket) -> list[str]:
    keys = [key.strip() for key in request.headers.getlist("X-API-Key")]
    for header in request.headers.getlist("Authorization"):
        scheme, _, key = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            keys.append(key.strip())
    return keys
