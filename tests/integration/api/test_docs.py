"""`/openapi.json` and `/docs` are complete, correct and self-contained."""

import re
from typing import Any

from api.http.app import create_app
from api.settings import Settings
from tests.support.api import Api
from tests.support.api_contract import DOCUMENTED
from tests.support.html_elements import Elements


async def document(api: Api) -> dict[str, Any]:
    body: dict[str, Any] = (await api.client.get("/openapi.json")).json()
    return body


async def test_every_route_is_described(api: Api) -> None:
    paths = (await document(api))["paths"]
    described = {
        f"{method.upper()} {re.sub('{.*?}', '{}', path)}" for path, methods in paths.items() for method in methods
    }
    assert described == DOCUMENTED


async def test_only_pages_are_hidden(api: Api) -> None:
    described = set((await document(api))["paths"])
    app = create_app(Settings(demo=True))
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    hidden = rules - described
    assert all(rule.startswith(("/m/", "/docs", "/openapi.json")) or rule == "/files/" for rule in hidden), hidden


async def test_each_route_has_a_description_and_its_errors(api: Api) -> None:
    body = await document(api)
    names = [operation["operationId"] for methods in body["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for methods in body["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert operation["tags"]
            assert operation["responses"]["default"]["content"]["application/json"]["schema"] == {
                "$ref": "#/components/schemas/Error"
            }
    references = set(
        re.findall(r'"\$ref":"#/components/schemas/([\w.]+)"', (await api.client.get("/openapi.json")).text)
    )
    assert references <= set(body["components"]["schemas"])


async def test_the_page_shows_every_route_and_loads_no_remote_resource(api: Api) -> None:
    page = (await api.client.get("/docs")).text
    for path in (await document(api))["paths"]:
        assert f"<code>{path}</code>" in page
    elements = Elements(page).found
    assert "script" not in {tag for tag, _ in elements}
    addresses = {value or "" for _, given in elements for name, value in given.items() if name in ("src", "href")}
    assert {address for address in addresses if not address.startswith(("#", "data:"))} == {
        "/docs/docs.css",
        "/openapi.json",
    }
    assert (await api.client.get("/docs/docs.css")).headers["Content-Type"].startswith("text/css")


async def test_parameters_streams_and_statuses_are_described(api: Api) -> None:
    paths = (await document(api))["paths"]

    def parameters(path: str, method: str) -> set[str]:
        return {parameter["name"] for parameter in paths[path][method]["parameters"]}

    assert parameters("/sessions/{session_id}/events", "get") == {"session_id", "after", "tail", "Last-Event-ID"}
    assert parameters("/sessions", "get") == {"limit", "cursor", "q"}
    assert parameters("/query", "post") == {"Accept", "Idempotency-Key"}
    for path, method in (
        ("/query", "post"),
        ("/sessions/{session_id}/events", "get"),
        ("/sessions/{session_id}/messages", "post"),
    ):
        assert "text/event-stream" in paths[path][method]["responses"]["200"]["content"]
    for path, method, status in (
        ("/sessions/{session_id}", "delete", "204"),
        ("/sessions/{session_id}/interrupt", "post", "202"),
        ("/sessions/{session_id}/shell", "post", "202"),
        ("/sessions", "post", "201"),
        ("/query", "post", "504"),
    ):
        responses = paths[path][method]["responses"]
        assert status in responses
        assert responses["default"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert paths["/sessions/{session_id}/interrupt"]["post"]["responses"].keys() == {"202", "404", "default"}
