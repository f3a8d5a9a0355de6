"""The door's commands, as the person at the machine runs them, and how it starts and restarts."""

from pathlib import Path

import pytest

from tests.support.auth import NO_MAIL, AuthDoor, running_auth
from tests.support.command import run
from tests.support.waiting import until

PAGE = {"Accept": "text/html"}


async def test_check_says_what_will_run(tmp_path: Path) -> None:
    code, out, err = await run("auth", "check", DATA_DIR=str(tmp_path), ALLOWED_EMAILS="ada@example.com")
    assert (code, err) == (0, "")
    assert "http://localhost:8080" in out
    assert "ada@example.com" in out
    assert "RESEND_API_KEY" in out
    assert "The API answers anyone" in out
    assert list(tmp_path.iterdir()) == []  # start.sh runs this as root: it must leave nothing behind


async def test_check_refuses_in_one_line(tmp_path: Path) -> None:
    code, out, err = await run("auth", "check", DATA_DIR=str(tmp_path), PUBLIC_URL="nonsense")
    assert (code, out) == (1, "")
    assert err.startswith("PUBLIC_URL ")
    assert err.count("\n") == 1


async def test_serving_refuses_in_one_line(tmp_path: Path) -> None:
    code, _, err = await run("auth", DATA_DIR=str(tmp_path), SESSION_SECRET="devdevdev")
    assert code == 1
    assert err.startswith("SESSION_SECRET ")
    assert err.count("\n") == 1


async def test_port_in_use_is_named(open_door: AuthDoor, tmp_path: Path) -> None:
    code, _, err = await run("auth", DATA_DIR=str(tmp_path), RUN_DIR=str(tmp_path), PORT=str(open_door.port))
    assert code == 1
    assert err.startswith(f"PORT: cannot listen on {open_door.port}")


async def test_login_link_signs_in(door: AuthDoor) -> None:
    code, out, _ = await run("auth", "login-link", " Ops@Example.com ", **door.environment)
    assert code == 0
    link = out.strip()
    assert link.startswith(f"http://localhost:{door.port}/auth/verify?t=")
    door.secrets.add(link.partition("?t=")[2])
    async with door.browser(**PAGE) as client:
        assert "ops@example.com" in (await client.get(door.local(link))).text
        done = await client.post("/auth/verify", data={"t": link.partition("?t=")[2]})
        assert done.status_code == 303
        assert (await client.get("/auth/user")).json() == {"email": "ops@example.com"}
    assert any(line["user"] == "ops@example.com" and line["ip"] == "local" for line in door.audit() if "user" in line)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("a@elsewhere.example", "may not sign in: add it to ALLOWED_EMAILS"), ("nonsense", "is not an e-mail address")],
)
async def test_login_link_for_whom_it_is_not(door: AuthDoor, address: str, sentence: str) -> None:
    code, out, err = await run("auth", "login-link", address, **door.environment)
    assert (code, out) == (1, "")
    assert sentence in err


async def test_doctor_finds_all_well(open_door: AuthDoor) -> None:
    code, out, err = await run("auth", "doctor", **open_door.environment)
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
    """A crash of the door alone prints no second link; a new start of everything does."""
    settings = {**NO_MAIL, "START_ID": "monday"}
    async with running_auth(settings, rooms=False) as door:
        await door.first_link()
        await door.kill()
        await door.start()
        assert len(door.printed_links()) == 1
        await door.stop()
        door.environment["START_ID"] = "tuesday"
        await door.start()
        await until(lambda: len(door.printed_links()) == 2)
        async with door.browser() as client:
            for link in door.printed_links():
                assert (await client.get(link, headers=PAGE)).status_code == 200


async def test_no_link_where_nobody_is_named() -> None:
    settings = {**NO_MAIL, "ALLOWED_DOMAINS": "example.com"}
    async with running_auth(settings, rooms=False) as door:
        await until(lambda: "python -m auth login-link ADDRESS" in door.log.read_text())
        assert door.printed_links() == []


async def test_files_are_the_doors_alone(door: AuthDoor) -> None:
    folder = door.folder / "data" / "auth"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


async def test_json_log_has_paths_without_queries() -> None:
    settings = {"LOG_FORMAT": "json", "LOG_LEVEL": "debug", "ALLOWED_DOMAINS": "example.com"}
    async with running_auth(settings) as door, door.signed_in() as client:
        await client.get("/version?secret=1")
        lines = [line for line in door.log.read_text().splitlines() if '"path"' in line]
        assert any('"path": "/version"' in line for line in lines)
        assert "secret=1" not in door.log.read_text()
