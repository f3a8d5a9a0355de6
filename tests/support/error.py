"""What every error of the API has in common."""

import re
from typing import Any

import httpx2


def assert_error(answer: httpx2.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The answer is an error of our shape and tells nothing internal."""
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
