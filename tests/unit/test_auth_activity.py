"""Requests by people keep a login from idling out; automatic requests of pages do not."""

import pytest
from quart import Quart, request

from auth.login.activity import is_made_by_person
from auth.routes import ROUTES, Route

PAGE = {"Accept": "text/html"}
NAVIGATION = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
BY_ITSELF: dict[str, tuple[str, dict[str, str]]] = {
    "whether it is signed in": ("/auth/verify-ping", {}),
    "the plain page's script": ("/m", {**PAGE, "X-Background": "1"}),
    "a script of the page": ("/m", {**PAGE, **FETCH}),
    "a list that is fetched again": ("/sessions", FETCH),
    "events": ("/sessions/x/events?n=0", {"Accept": "text/event-stream"}),
    "events, without saying so": ("/sessions/x/events?n=0", {}),
    "a page that reloads itself": ("/m", {**PAGE, **NAVIGATION, "Referer": "http://localhost/m"}),
    "a style sheet": ("/static/x.css", {**FETCH, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "style"}),
}
"""Requests that browsers make without a person."""
BY_A_PERSON: dict[str, tuple[str, str, dict[str, str]]] = {
    "an address typed": ("GET", "/m", {**NAVIGATION, "Sec-Fetch-Site": "none", "Sec-Fetch-User": "?1"}),
    "a link followed in Safari": ("GET", "/m", {**NAVIGATION, "Referer": "http://localhost/m/sessions/x"}),
    "a page reloaded by hand": (
        "GET",
        "/m",
        {**NAVIGATION, "Sec-Fetch-User": "?1", "Referer": "http://localhost/m"},
    ),
    "a form sent": ("POST", "/m", {**NAVIGATION, "Referer": "http://localhost/m"}),
    "a button of a script": ("POST", "/sessions/x/interrupt", FETCH),
    "a program": ("GET", "/auth/user", {}),
}


def route_of(method: str, path: str) -> Route:
    """The route of a request."""
    app = Quart(__name__, static_folder=None)
    rows = {route.endpoint: route for route in ROUTES}
    for route in ROUTES:
        app.add_url_rule(route.rule, route.endpoint, lambda: "", methods=[*route.methods])
    endpoint, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method)
    return rows[endpoint]


@pytest.mark.parametrize("name", BY_ITSELF)
async def test_automatic_requests(name: str) -> None:
    path, headers = BY_ITSELF[name]
    async with Quart(__name__).test_request_context(path, headers=headers):
        assert not is_made_by_person(request, route_of("GET", path))


@pytest.mark.parametrize("name", BY_A_PERSON)
async def test_requests_by_a_person(name: str) -> None:
    method, path, headers = BY_A_PERSON[name]
    async with Quart(__name__).test_request_context(path, method=method, headers=headers):
        assert is_made_by_person(request, route_of(method, path))


async def test_reconnecting_socket_is_automatic() -> None:
    route = next(route for route in ROUTES if route.is_socket)
    async with Quart(__name__).test_request_context("/ws"):
        assert not is_made_by_person(request, route)
