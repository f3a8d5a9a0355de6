"""What the documentation promises of every route: ids, errors, methods, limits, health, versions."""

import asyncio
import re
import socket
import uuid
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from tests.support.api import Api, api_client, running_api
from tests.support.api_contract import DOCUMENTED, assert_error
from tests.support.command import run
from tests.support.demo import Demo
from tests.support.http_caller import new_session

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ROUTES_THAT_READ = [
    "/health",
    "/version",
    "/models",
    "/commands",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/m/",
    "/sessions",
    "/files/",
]


@pytest.mark.parametrize("path", ROUTES_THAT_READ)
async def test_head_answers_like_get_without_a_body(api: Api, path: str) -> None:
    get, head = await api.client.get(path), await api.client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


async def test_health_has_exactly_the_documented_fields(api: Api) -> None:
    answer = await api.client.get("/health")
    body = answer.json()
    assert TIME.fullmatch(body.pop("timestamp"))
    assert (answer.status_code, body) == (
        200,
        {"status": "healthy", "hasToken": False, "sdkLoaded": True, "message": "Claude Code SDK API", "demo": True},
    )
    assert '"status":"healthy"' in answer.text


async def test_without_credentials_the_service_is_unhealthy(demo: Demo) -> None:
    async with running_api(demo, DEMO="0", WARM_WORKERS="0") as api:
        answer = await api.client.get("/health")
        assert (answer.status_code, answer.json()["status"], answer.json()["hasToken"]) == (503, "unhealthy", False)
        refused = await api.client.post("/sessions", json={"prompt": "hi"})
        body = assert_error(refused, 503)
        assert body["error"] == "CLAUDE_CODE_OAUTH_TOKEN not configured"
        assert int(refused.headers["Retry-After"]) > 0


async def test_versions_of_the_components(api: Api) -> None:
    body = (await api.client.get("/version")).json()
    assert set(body) == {"version", "sdk", "cli"}
    assert all(re.match(r"\d+\.\d+", version) for version in body.values())


async def test_models_and_commands_come_from_claude_code(api: Api) -> None:
    models = (await api.client.get("/models")).json()["models"]
    assert {"value", "displayName"} <= set(models[0])
    assert "compact" in {command["name"] for command in (await api.client.get("/commands")).json()["commands"]}


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 128])
async def test_a_good_request_id_is_kept(api: Api, given: str) -> None:
    assert (await api.client.get("/version", headers={"X-Request-ID": given})).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "é".encode().decode("latin1"), "a,b", "{}"])
async def test_a_bad_request_id_is_replaced(api: Api, given: str) -> None:
    answer = await api.client.get("/nowhere", headers=[(b"X-Request-ID", given.encode("latin1"))])
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "//evil/health",
        "/health/",
        "/Health",
        "/sessions/x/y/z",
        "/m/static/../mobile.py",
        "/docs/docs.js",
    ],
)
async def test_an_unknown_path_is_404_and_never_a_redirect(api: Api, path: str) -> None:
    answer = raw_exchange(api.socket, f"GET {path} HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"evil" not in answer.lower()


@pytest.mark.parametrize(("method", "path"), [("POST", "/health"), ("PUT", "/sessions"), ("DELETE", "/version")])
async def test_a_wrong_method_is_405_with_the_allowed_ones(api: Api, method: str, path: str) -> None:
    answer = await api.client.request(method, path)
    assert_error(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


NO_OBJECTS = [
    *(b"", b"[]", b"null", b'"text"', b"7", b"{", b'{"title":', b"\xff\xfe", b'{"title":"\xff"}', b"{}{}"),
    *(b"[" * 100_000, b'{"a":' * 100_000, b'{"title":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    *(b'{"title":NaN}', b'{"title":1e999}'),
]


@pytest.mark.parametrize("raw", NO_OBJECTS)
async def test_a_body_that_is_not_a_json_object_is_400(api: Api, raw: bytes) -> None:
    answer = await api.client.post("/sessions", content=raw, headers={"Content-Type": "application/json"})
    assert_error(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
async def test_a_body_of_another_content_type_is_415(api: Api, kind: str) -> None:
    answer = await api.client.post("/sessions", content=b"{}", headers={"Content-Type": kind})
    assert_error(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"])
async def test_variants_of_the_json_content_type_are_accepted(api: Api, kind: str) -> None:
    answer = await api.client.post("/sessions", content=b'{"title":7}', headers={"Content-Type": kind})
    body = assert_error(answer, 400)
    assert "title" in body["error"]


@pytest.mark.parametrize("path", ["/sessions", "/m/sessions"])
async def test_a_body_over_one_mebibyte_is_413(api: Api, path: str) -> None:
    raw = b'{"title":"' + b"x" * 1024 * 1024 + b'"}'
    kind = "application/json" if path == "/sessions" else "application/x-www-form-urlencoded"
    declared = await api.client.post(path, content=raw, headers={"Content-Type": kind})
    assert declared.status_code == 413

    async def parts() -> Any:
        for start in range(0, len(raw), 65_536):
            yield raw[start : start + 65_536]

    streamed = await api.client.post(path, content=parts(), headers={"Content-Type": kind})
    assert streamed.status_code == 413


def raw_exchange(path: Path, sent: bytes) -> bytes:
    """What the server answers to these very bytes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /files/%ff%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /files/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET http://evil/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /sessions?limit=%ff&cursor=%00&q=%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-User: \xff\xfe\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
async def test_malformed_requests_never_cause_a_500(api: Api, sent: bytes) -> None:
    answer = raw_exchange(api.socket, sent)
    assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.0 500"))
    assert (await api.client.get("/health")).status_code == 200
    assert "request_crashed" not in api.log.read_text()


async def test_each_user_sees_only_their_own_sessions(
    ada: httpx2.AsyncClient, bob: httpx2.AsyncClient, api: Api
) -> None:
    mine = (await ada.post("/sessions", json={"title": "ada's"})).json()["id"]
    for path in (
        f"/sessions/{mine}",
        f"/sessions/{mine}/export",
        f"/sessions/{mine}/events",
        f"/sessions/{mine}/messages",
    ):
        assert_error(await bob.get(path), 404)
    assert (await bob.get(f"/m/sessions/{mine}")).status_code == 404
    assert (await bob.post(f"/m/sessions/{mine}/messages", data={"prompt": "hi"})).status_code == 404
    assert mine not in (await bob.get("/sessions")).text
    assert mine not in (await bob.get("/m/")).text
    assert (await ada.get(f"/sessions/{mine}")).status_code == 200
    assert (await api.client.get(f"/sessions/{mine}")).status_code == 200, "a terminal in the container sees all"


OF_A_SESSION = sorted(route for route in DOCUMENTED if "/sessions/{}" in route)


@pytest.mark.parametrize("route", OF_A_SESSION)
async def test_another_users_session_is_not_found(ada: httpx2.AsyncClient, bob: httpx2.AsyncClient, route: str) -> None:
    method, _, path = route.partition(" ")
    mine = (await ada.post("/sessions", json={"title": "ada's"})).json()["id"]
    seen = []
    for session_id in (mine, str(uuid.uuid4())):
        url = path.replace("{}", session_id, 1).replace("{}", "something")
        body = {"prompt": "hi", "decision": "allow", "title": "bob's", "toMessage": "m", "command": "true"}
        for sent in ({}, body, *({name: value} for name, value in body.items())):
            answer = await bob.request(method, url, json=None if method == "GET" else sent)
            assert 400 <= answer.status_code < 500
            seen.append((session_id, answer.status_code, answer.json()["code"], answer.json()["error"]))
    assert [found[1:] for found in seen if found[0] == mine] == [found[1:] for found in seen if found[0] != mine]
    assert 404 in {found[1] for found in seen}
    assert (await ada.get(f"/sessions/{mine}")).json()["title"] == "ada's"


async def test_sessions_are_searched_and_paged(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, api_client(api.socket, "ada@example.com") as ada:
        for number in range(7):
            await ada.post("/sessions", json={"title": f"Trip {number} to Straßburg"})
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await ada.get("/sessions", params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
            seen += [session["title"] for session in page["sessions"]]
            cursor = page["nextCursor"]
        assert seen == [f"Trip {number} to Straßburg" for number in reversed(range(7))]
        found = (await ada.get("/sessions", params={"q": "STRASSBURG 4"})).json()["sessions"]
        assert [session["title"] for session in found] == ["Trip 4 to Straßburg"]
        assert_error(await ada.get("/sessions", params={"cursor": "made-up"}), 400, "invalid_cursor")
        assert_error(await ada.get("/sessions", params={"limit": "many"}), 400)


async def test_json_is_compact_and_camel_case(api: Api) -> None:
    answer = await api.client.post("/sessions", json={"title": "中文"})
    assert '"title":"中文"' in answer.text
    assert '"permissionMode":' in answer.text
    assert msgspec.json.encode(msgspec.json.decode(answer.content)) == answer.content


async def test_the_socket_is_for_its_group_and_a_stale_one_is_replaced(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        assert api.socket.stat().st_mode & 0o777 == 0o660
        await api.kill()
        assert api.socket.exists()
        await api.start()
        assert (await api.client.get("/health")).status_code == 200


async def test_the_log_has_request_ids_and_no_secrets(demo: Demo) -> None:
    async with running_api(demo, LOG_FORMAT="json", WARM_WORKERS="0", ANTHROPIC_AUTH_TOKEN="hunter2") as api:
        sent = {"X-Request-ID": "traced-1", "X-API-Key": "hunter2", "Cookie": "sid=hunter2"}
        await api.client.get("/sessions?q=hunter2", headers=sent)
        lines = [msgspec.json.decode(line) for line in api.log.read_text().splitlines()]
        (line,) = [line for line in lines if line.get("request_id") == "traced-1"]
        expected = {"event": "request", "method": "GET", "path": "/sessions", "status": 200, "user": "local"}
        assert expected.items() <= line.items()
        assert "hunter2" not in api.log.read_text()


@pytest.mark.parametrize("streams", [0, 3])
async def test_sigterm_ends_the_server_in_time(demo: Demo, streams: int) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        session = await new_session(api.client, prompt="demo:stream 500 50")
        opened = [
            await api.client.send(api.client.build_request("GET", f"/sessions/{session}/events"), stream=True)
            for _ in range(streams)
        ]
        assert await api.stop() == 0, "it had to be killed"
        for response in opened:
            await response.aclose()
        assert "still_running" not in api.log.read_text()


async def test_head_on_a_stream_ends_at_once(api: Api) -> None:
    session_id = await new_session(api.client)
    async with asyncio.timeout(10):
        head = await api.client.head(f"/sessions/{session_id}/events")
        again = await api.client.head(f"/sessions/{session_id}/events")
    assert (head.status_code, head.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    assert (again.status_code, again.content) == (200, b"")


async def test_the_doctor_reports_a_running_and_a_stopped_api(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        done = await run("api", "doctor", **api.environment)
        assert (done.code, [line for line in done.output.splitlines() if not line.startswith("ok")]) == (0, [])
        await api.stop()
        done = await run("api", "doctor", **api.environment)
        assert done.code == 1
        assert "RUN_DIR" in done.output


async def test_an_answer_before_the_end_of_the_request_closes_the_connection(api: Api) -> None:
    reader, writer = await asyncio.open_unix_connection(str(api.socket))
    writer.write(b"POST /nowhere HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 404")
    assert b"connection: close" in head
    writer.close()
