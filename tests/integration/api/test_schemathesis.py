"""Sends every route what `/openapi.json` allows and forbids: nothing crashes the server."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.support.api import Api
from tests.support.api_contract import DOCUMENTED
from tests.support.network import NO_TLS

EXAMPLES = 8
SLOW = {"POST /query": 3, "POST /sessions/{}/messages": 3, "POST /sessions": 3, "POST /sessions/{}/shell": 3}
"""Each of these starts a process."""


@pytest.fixture(scope="module")
def session_id(shared_api: Api) -> str:
    """A session that is there."""
    with client_of(shared_api) as client:
        return str(client.post("/sessions", json={"title": "fuzzed"}).json()["id"])


def client_of(api: Api) -> httpx2.Client:
    transport = httpx2.HTTPTransport(uds=str(api.socket), verify=NO_TLS)
    return httpx2.Client(transport=transport, base_url="http://api", timeout=60)


@pytest.mark.parametrize("route", sorted(DOCUMENTED))
def test_no_input_crashes_a_route(shared_api: Api, session_id: str, route: str) -> None:
    with client_of(shared_api) as client:
        document = client.get("/openapi.json").json()
        method, _, wanted = route.partition(" ")
        path = next(path for path in document["paths"] if _shape(path) == wanted)
        operation = schemathesis.openapi.from_dict(document)[path][method]
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @settings(
            max_examples=SLOW.get(route, EXAMPLES),
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, known=st.booleans())
        def send(case: Case[Any], known: bool) -> None:
            parameters = {"session_id": session_id} if known and method != "DELETE" else {}
            request = _request(client, case, parameters)
            response = client.send(request, stream=True)
            try:
                if "event-stream" in response.headers.get("Content-Type", ""):
                    return
                response.read()
            finally:
                response.close()
            assert response.status_code != 500, response.text
            if response.status_code >= 400 and method != "HEAD":
                assert {"error", "code", "requestId"} <= set(response.json())

        send()
    assert "request_crashed" not in shared_api.log.read_text()


def _request(client: httpx2.Client, case: Case[Any], parameters: Mapping[str, str]) -> httpx2.Request:
    prepared = case.as_transport_kwargs(base_url="http://api")
    url = str(prepared["url"])
    for name, value in parameters.items():
        given_value = str((case.path_parameters or {}).get(name, ""))
        if given_value:
            url = url.replace(given_value, value)
    headers = {name: value for name, value in dict(prepared.get("headers") or {}).items() if _can_be_sent(name, value)}
    content = prepared.get("data")
    if "json" in prepared:  # httpx2's own encoder refuses half an emoji, and a caller need not
        content = json.dumps(prepared["json"]).encode()
        headers.setdefault("Content-Type", "application/json")
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    return client.build_request(
        case.method, url, params=prepared.get("params") or None, headers=headers, content=content
    )


def _can_be_sent(name: str, value: str) -> bool:
    # An HTTP client refuses to send the others; raw bytes are sent in test_api_contract.
    framing = name.lower() in ("content-length", "transfer-encoding", "connection", "host", "upgrade", "expect")
    return value.isascii() and value.isprintable() and value == value.strip() and not framing


def _shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
