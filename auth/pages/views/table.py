"""The door's own views by the names that the route table calls them."""

from collections.abc import Awaitable, Callable

from quart import Request, Response

from auth.door import Door
from auth.pages.views import sessions as logins
from auth.pages.views import start, system, verify
from auth.request_context import Visit

View = Callable[[Door, Request, Visit], Awaitable[Response]]

VIEWS: dict[str, View] = {
    view.__name__: view
    for view in (
        system.health,
        system.live,
        system.asset,
        start.sign_in,
        start.start,
        start.sent,
        verify.verify,
        verify.confirm,
        logins.ping,
        logins.user,
        logins.list_logins,
        logins.end_login,
        logins.log_out,
        logins.log_out_all,
        logins.signed_out,
    )
}
