"""API keys: the accepted forms, and the responses to wrong keys."""

import pytest

from tests.support.auth import HASHED_KEY, KEY, NAMED_KEY, GatewayProcess, fresh_ip

UNAUTHORIZED = "Unauthorized - Invalid or missing API key"

RIGHT: dict[str, tuple[list[tuple[str, str]], str]] = {
    "header": ([("X-API-Key", KEY)], "ci"),
    "header in lower case": ([("x-api-key", KEY)], "ci"),
    "bearer": ([("Authorization", f"Bearer {KEY}")], "ci"),
    "bearer in lower case": ([("Authorization", f"bearer {KEY}")], "ci"),
    "BEARER": ([("Authorization", f"BEARER  {KEY}")], "ci"),
    "both the same": ([("X-API-Key", KEY), ("Authorization", f"Bearer {KEY}")], "ci"),
    "twice the same": ([("X-API-Key", KEY), ("X-API-Key", KEY)], "ci"),
    "a person's": ([("X-API-Key", NAMED_KEY)], "ada@example.com"),
    "kept as a hash": ([("X-API-Key", HASHED_KEY)], "hashed"),
    "beside another scheme": ([("X-API-Key", KEY), ("Authorization", "Basic eDp5")], "ci"),
}
WRONG: dict[str, list[tuple[str, str]]] = {
    "none": [],
    "empty": [("X-API-Key", "")],
    "empty bearer": [("Authorization", "Bearer")],
    "a prefix": [("X-API-Key", KEY[:-1])],
    "longer": [("X-API-Key", KEY + "0")],
    "upper case": [("X-API-Key", KEY.upper())],
    "with its name": [("X-API-Key", f"ci:{KEY}")],
    "the name": [("X-API-Key", "ci")],
    "the hash itself": [("X-API-Key", "sha256:" + "0" * 64)],
    "another scheme": [("Authorization", f"Basic {KEY}")],
    "no scheme": [("Authorization", KEY)],
    "both, different": [("X-API-Key", KEY), ("Authorization", f"Bearer {NAMED_KEY}")],
    "right and wrong": [("X-API-Key", KEY), ("X-API-Key", "wrong")],
    "wrong and right": [("X-API-Key", "wrong"), ("Authorization", f"Bearer {KEY}")],
    "joined": [("X-API-Key", f"{KEY}, {KEY}")],
    "not ascii": [("X-API-Key", "schl\u00fcssel")],
    "long": [("X-API-Key", "a" * 8000)],
    "a forged identity": [("X-Forwarded-User", "ada@example.com")],
    "underscored": [("X_API_Key", KEY)],
}


@pytest.mark.parametrize("name", RIGHT)
async def test_right_key_admits_as_its_name(gateway: GatewayProcess, name: str) -> None:
    headers, user = RIGHT[name]
    async with gateway.browser() as client:
        answer = await client.post("/query", json={"prompt": "x"}, headers=[*client.headers.items(), *headers])
    assert answer.status_code == 200
    assert [value for key, value in answer.json()["headers"] if key == "x-forwarded-user"] == [user]
    for secret in (KEY, NAMED_KEY, HASHED_KEY, "Bearer", "Basic"):
        assert secret not in answer.text


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_key_is_refused(gateway: GatewayProcess, name: str) -> None:
    async with gateway.browser() as client:
        sent = [(key.encode(), value.encode("latin1")) for key, value in WRONG[name]]
        answer = await client.post("/query", json={"prompt": "x"}, headers=[*client.headers.raw, *sent])
    assert answer.status_code == 401
    assert answer.json()["error"] == UNAUTHORIZED
    assert answer.json()["code"] == "unauthorized"


async def test_key_in_the_url_is_ignored(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        for query in (f"api_key={KEY}", f"X-API-Key={KEY}", f"key={KEY}", f"access_token={KEY}"):
            assert (await client.get(f"/version?{query}")).status_code == 401


async def test_wrong_key_with_a_login_is_refused(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        assert (await client.get("/version")).status_code == 200
        assert (await client.get("/version", headers={"X-API-Key": "wrong"})).status_code == 401


async def test_key_opens_no_pages(gateway: GatewayProcess) -> None:
    async with gateway.browser(X_API_Key=KEY) as client:
        for path in ("/auth/user", "/auth/sessions", "/download/x", "/static/x"):
            assert (await client.get(path)).status_code == 401
        assert (await client.get("/")).status_code == 401


async def test_metrics_require_a_key(gateway: GatewayProcess, open_gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"X-API-Key": KEY})).status_code == 200
    async with open_gateway.browser() as client:
        assert (await client.get("/metrics")).status_code == 200


async def test_wrong_keys_are_limited(gateway: GatewayProcess) -> None:
    ip = fresh_ip()
    async with gateway.browser(ip=ip) as client:
        statuses = [(await client.get("/version", headers={"X-API-Key": "wrong"})).status_code for _ in range(10)]
        assert statuses == [401] * 10
        limited = await client.get("/version", headers={"X-API-Key": "wrong"})
        assert limited.status_code == 429
        assert 1 <= int(limited.headers["retry-after"]) <= 60
        assert limited.json()["code"] == "rate_limited"
        # The right key is still accepted from the same address.
        assert (await client.get("/version", headers={"X-API-Key": KEY})).status_code == 200
    async with gateway.browser() as elsewhere:
        assert (await elsewhere.get("/version", headers={"X-API-Key": "wrong"})).status_code == 401
    events = [line["event"] for line in gateway.audit() if line["ip"] == ip]
    assert events == ["key_failed"] * 10 + ["rate_limited"]
