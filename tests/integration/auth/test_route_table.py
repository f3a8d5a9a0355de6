"""Compares the gateway's table of routes with the routes that the services have."""

import re

from auth.routes import ROUTES, Upstream
from tests.support.api import Api
from tests.support.auth import GatewayProcess

INTERNAL = {"/health"}
"""Routes that only the gateway calls."""


def plain(path: str) -> str:
    """The path with each parameter as a star."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "*", path)


async def test_every_documented_route_is_in_the_table(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    passed = {
        (plain(route.rule), method) for route in ROUTES if route.upstream is Upstream.API for method in route.methods
    }
    documented = {(plain(path), method.upper()) for path, methods in document["paths"].items() for method in methods}
    missing = {pair for pair in documented - passed if pair[0] not in INTERNAL}
    assert missing == set()


async def test_files_of_the_mobile_page_and_the_docs_are_in_the_table(api: Api) -> None:
    """Every file that these pages load is in the table, under the path that their policy allows."""
    for page, folder in (("/m/", "/m/"), ("/docs", "/docs/")):
        text = (await api.client.get(page)).text
        for file in re.findall(r'(?:src|href)="([^"#?]+\.(?:css|js|svg|png))"', text):
            assert file.startswith(folder), file
            assert (await api.client.get(file)).status_code == 200, file


async def test_every_screen_gets_the_security_notice(open_gateway: GatewayProcess, gateway: GatewayProcess) -> None:
    async with open_gateway.browser() as client:
        await client.post("/auth/start", json={"email": "me@somewhere.example"})
        await client.get(open_gateway.printed_links()[-1])
        for path in ("/", "/m", "/m/sessions/x"):
            received = dict((await client.get(path)).json()["headers"])
            assert "ALLOWED_EMAILS" in received["x-gateway-notice"]
            assert received["x-gateway-notice"].isascii()
        assert "x-gateway-notice" not in dict((await client.get("/version")).json()["headers"])
    async with gateway.signed_in() as client:
        assert "x-gateway-notice" not in dict((await client.get("/")).json()["headers"])
