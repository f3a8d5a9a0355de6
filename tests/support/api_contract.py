"""What the API promises everywhere: its documented routes and the shape of its errors."""

import re
from typing import Any

import httpx2

DOCUMENTED = {
    "GET /health",
    "POST /query",
    "GET /sessions",
    "POST /sessions",
    "GET /sessions/{}",
    "PATCH /sessions/{}",
    "DELETE /sessions/{}",
    "GET /sessions/{}/messages",
    "POST /sessions/{}/messages",
    "DELETE /sessions/{}/messages/{}",
    "GET /sessions/{}/events",
    "POST /sessions/{}/interrupt",
    "GET /sessions/{}/requests",
    "POST /sessions/{}/requests/{}",
    "POST /sessions/{}/fork",
    "POST /sessions/{}/rewind",
    "POST /sessions/{}/shell",
    "GET /sessions/{}/mcp",
    "GET /sessions/{}/export",
    "GET /models",
    "GET /commands",
    "GET /files/{}",
    "PUT /files/{}",
    "DELETE /files/{}",
    "GET /metrics",
    "GET /usage",
    "GET /version",
}
"""The routes that `/openapi.json` describes."""


def assert_error(answer: httpx2.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Checks that the answer has the shape of an API error and contains no internals; returns its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert set(body) >= {"error", "code", "requestId"}
    assert body["requestId"] == answer.headers["X-Request-ID"]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", body["code"])
    assert code is None or body["code"] == code
    for part in ("Traceback", "/tmp/", "/work", "Error(", ".py"):
        assert part not in answer.text
    return body
