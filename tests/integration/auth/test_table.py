"""The gateway's table of routes against what the rooms really have."""

import re

from auth.routes import ROUTES, Upstream
from tests.support.api import Api
from tests.support.auth import GatewayProcess

INSIDE = {"/health"}
"""Asked by the gateway itself; its own answer goes out."""


def plain(path: str) -> str:
    """The path with each parameter as a star."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "*", path)


async def test_every_documented_route_leads_through_the_gateway(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    passed = {
        (plain(route.rule), method) for route in ROUTES if route.upstream is Upstream.API for method in route.methods
    }
    documented = {(plain(path), method.upper()) for path, methods in document["paths"].items() for method in methods}
    missing = {pair for pair in documented - passed if pair[0] not in INSIDE}
    assert missing == set()


async def test_plain_page_and_docs_lead_through_the_gateway(api: Api) -> None:
    """Every page, style and script that these pages name is in the table, on the paths their policy allows."""
    for page, folder in (("/m/", "/m/"), ("/docs", "/docs/")):
        text = (await api.client.get(page)).text
        for file in re.findall(r'(?:src|href)="([^"#?]+\.(?:css|js|svg|png))"', text):
            assert file.startswith(folder), file
            assert (await api.client.get(file)).status_code == 200, file


async def test_open_modes_are_told_to_every_screen(open_gateway: GatewayProcess, gateway: GatewayProcess) -> None:
    async with open_gateway.browser() as client:
        await client.post("/auth/start", json={"email": "me@somewhere.example"})
        await client.get(open_gateway.printed_links()[-1])
        for path in ("/", "/m", "/m/sessions/x"):
            told = dict((await client.get(path)).json()["headers"])
            assert "ALLOWED_EMAILS" in told["x-door-notice"]
            assert told["x-door-notice"].isascii()
        assert "x-door-notice" not in dict((await client.get("/version")).json()["headers"])
    async with gateway.signed_in() as client:
        assert "x-door-notice" not in dict((await client.get("/")).json()["headers"])
