"""The gateway's commands, and how it starts and restarts."""

from pathlib import Path

import pytest

from tests.support.auth import NO_MAIL, GatewayProcess, running_auth
from tests.support.command import run
from tests.support.waiting import until

PAGE = {"Accept": "text/html"}


async def test_check_prints_the_summary(tmp_path: Path) -> None:
    code, out, err = await run("auth", "check", DATA_DIR=str(tmp_path), ALLOWED_EMAILS="ada@example.com")
    assert (code, err) == (0, "")
    assert "http://localhost:8080" in out
    assert "ada@example.com" in out
    assert "RESEND_API_KEY" in out
    assert "Anyone can use the API" in out
    assert list(tmp_path.iterdir()) == []  # start.sh runs this as root, so it must create no file


async def test_check_reports_an_error_in_one_line(tmp_path: Path) -> None:
    code, out, err = await run("auth", "check", DATA_DIR=str(tmp_path), PUBLIC_URL="nonsense")
    assert (code, out) == (1, "")
    assert err.startswith("PUBLIC_URL ")
    assert err.count("\n") == 1


async def test_serving_reports_an_error_in_one_line(tmp_path: Path) -> None:
    code, _, err = await run("auth", DATA_DIR=str(tmp_path), SESSION_SECRET="devdevdev")
    assert code == 1
    assert err.startswith("SESSION_SECRET ")
    assert err.count("\n") == 1


async def test_port_in_use_is_named(open_gateway: GatewayProcess, tmp_path: Path) -> None:
    code, _, err = await run("auth", DATA_DIR=str(tmp_path), RUN_DIR=str(tmp_path), PORT=str(open_gateway.port))
    assert code == 1
    assert err.startswith(f"PORT: cannot listen on {open_gateway.port}")


async def test_login_link_signs_in(gateway: GatewayProcess) -> None:
    code, out, _ = await run("auth", "login-link", " Ops@Example.com ", **gateway.environment)
    assert code == 0
    link = out.strip()
    assert link.startswith(f"http://localhost:{gateway.port}/auth/verify?t=")
    gateway.secrets.add(link.partition("?t=")[2])
    async with gateway.browser(**PAGE) as client:
        assert "ops@example.com" in (await client.get(gateway.local(link))).text
        done = await client.post("/auth/verify", data={"t": link.partition("?t=")[2]})
        assert done.status_code == 303
        assert (await client.get("/auth/user")).json() == {"email": "ops@example.com"}
    assert any(
        line["user"] == "ops@example.com" and line["ip"] == "local" for line in gateway.audit() if "user" in line
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("a@elsewhere.example", "may not sign in: add it to ALLOWED_EMAILS"), ("nonsense", "is not an email address")],
)
async def test_login_link_refuses_other_addresses(gateway: GatewayProcess, address: str, sentence: str) -> None:
    code, out, err = await run("auth", "login-link", address, **gateway.environment)
    assert (code, out) == (1, "")
    assert sentence in err


async def test_doctor_finds_no_fault(open_gateway: GatewayProcess) -> None:
    code, out, err = await run("auth", "doctor", **open_gateway.environment)
    assert (code, err) == (0, ""), out
    for word in ("session secret", "database", "may sign in", "API keys", "mail", "address"):
        assert word in out
    assert "FAIL" not in out


async def test_doctor_says_what_to_fix(tmp_path: Path) -> None:
    (tmp_path / "auth").mkdir()
    (tmp_path / "auth" / "session_secret").write_text("ab" * 32)
    (tmp_path / "auth" / "session_secret").chmod(0o644)
    code, out, _ = await run(
        "auth",
        "doctor",
        DATA_DIR=str(tmp_path),
        PUBLIC_URL="http://127.0.0.1:9",
        ALLOWED_EMAILS="",
        RESEND_API_KEY="re_x",
        EMAIL_FROM="a@example.com",
        RESEND_API_URL="http://127.0.0.1:9",
        CLAUDE_CODE_SDK_CONTAINER_API_KEY="short",
    )
    assert code == 1
    wrong = [line for line in out.splitlines() if line.startswith("FAIL")]
    for word in ("session secret", "may sign in", "mail", "address"):
        assert any(word in line for line in wrong), word
    assert "a start brings the tables to step" in out
    assert "short enough to guess" in out


async def test_one_link_for_each_start_of_the_deployment() -> None:
    """A restart of the gateway alone prints no second link; a start of the whole deployment does."""
    settings = {**NO_MAIL, "START_ID": "monday"}
    async with running_auth(settings, has_upstreams=False) as gateway:
        await gateway.first_link()
        await gateway.kill()
        await gateway.start()
        assert len(gateway.printed_links()) == 1
        await gateway.stop()
        gateway.environment["START_ID"] = "tuesday"
        await gateway.start()
        await until(lambda: len(gateway.printed_links()) == 2)
        async with gateway.browser() as client:
            for link in gateway.printed_links():
                assert (await client.get(link, headers=PAGE)).status_code == 200


async def test_no_link_without_a_configured_address() -> None:
    settings = {**NO_MAIL, "ALLOWED_DOMAINS": "example.com"}
    async with running_auth(settings, has_upstreams=False) as gateway:
        await until(lambda: "python -m auth login-link ADDRESS" in gateway.log.read_text())
        assert gateway.printed_links() == []


async def test_files_are_private(gateway: GatewayProcess) -> None:
    folder = gateway.folder / "data" / "auth"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


async def test_json_log_has_paths_without_query_strings() -> None:
    settings = {"LOG_FORMAT": "json", "LOG_LEVEL": "debug", "ALLOWED_DOMAINS": "example.com"}
    async with running_auth(settings) as gateway, gateway.signed_in() as client:
        await client.get("/version?secret=1")
        lines = [line for line in gateway.log.read_text().splitlines() if '"path"' in line]
        assert any('"path": "/version"' in line for line in lines)
        assert "secret=1" not in gateway.log.read_text()
