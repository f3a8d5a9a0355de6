"""Starting, running and stopping a container."""

import re
from datetime import UTC, datetime

import httpx2
import pytest

from tests.support.container import Container, created, docker, running

HARDENED = (
    "--read-only",
    *("--tmpfs", "/tmp:mode=1777,size=1g,exec", "--tmpfs", "/run:mode=755,size=16m"),
    *("--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "KILL", "--cap-add", "SETGID", "--cap-add", "SETUID"),
    *("--security-opt", "no-new-privileges"),
)


def ended(container: Container) -> str:
    """Waits until a container that refuses to start has ended; returns the last line of its log."""
    docker("wait", container.name)
    assert container.state(".State.ExitCode") == "1"
    return container.logs.strip().splitlines()[-1]


def test_without_credentials_the_error_names_the_variable_and_the_fix() -> None:
    with created(DEMO="0") as container:
        line = ended(container)
    assert "CLAUDE_CODE_OAUTH_TOKEN" in line
    assert "claude setup-token" in line


def test_the_last_line_names_a_wrong_setting() -> None:
    with created(MAX_SESSIONS="many") as container:
        assert "MAX_SESSIONS" in ended(container)


def test_with_a_token_it_prints_the_summary_and_one_link() -> None:
    settings = {
        "DEMO": "0",
        "CLAUDE_CODE_OAUTH_TOKEN": "'sk-ant-oat-not-a-real-one'",
        "ALLOWED_EMAILS": "ada@example.com",
    }
    with running(**settings) as container:
        container.wait(lambda: "Sign-in link" in container.logs)
        logs = container.logs
    assert "CLAUDE_CODE_OAUTH_TOKEN: removed the quotes around its value" in logs
    for word in ("version", "credential", "workspace", "data", "may sign in", "address"):
        assert re.search(rf"^{word} ", logs, re.M), word
    assert len(re.findall(r"https?://\S+/auth/verify\?t=\S+", logs)) == 1
    assert "not-a-real-one" not in logs


def test_every_program_has_its_own_user_and_none_serves_as_root(container: Container) -> None:
    rows = [line.split(maxsplit=1) for line in container.run("ps", "-eo", "user=,args=").splitlines()]
    users = {args.split(" -m ")[-1].split()[0]: user for user, args in rows if " -m " in args}
    others = dict.fromkeys(("api", "tui.serve", "tui", "demo", "runtime.crash_listener"), "agent")
    assert users == {"auth": "gateway", **others}
    assert all(user in ("claude", "root") for user, args in rows if "_bundled/claude" in args)


def test_only_the_gateway_has_its_secrets(container: Container) -> None:
    for program in ("api", "tui.serve", "demo"):
        script = f"tr '\\0' '\\n' </proc/$(pgrep -of 'python -m {program}')/environ"
        # Reading a process's environment needs all capabilities of that process, even as the same user.
        like_api = ("--inh-caps=+setuid,+setgid", "--ambient-caps=+setuid,+setgid")
        environment = container.run(
            "setpriv", "--reuid", "agent", "--regid", "agent", "--init-groups", *like_api, "sh", "-c", script
        )
        assert "PATH=" in environment
        assert "ada-ada" not in environment
        assert "SESSION_SECRET" not in environment


def test_the_commands_are_on_the_path(container: Container) -> None:
    assert "/auth/verify?t=" in container.run("login-link", "ada@example.com")
    assert "FAIL" not in container.run("doctor")
    version = container.run("claude", "--version")
    assert "Claude Code" in version


def test_the_terminal_app_runs_as_the_agent(container: Container) -> None:
    watch = "(until ps -eo user=,args= | grep 'm [t]ui$' >/tmp/seen; do sleep 0.1; done; pkill -f 'm [t]ui$') &"
    container.run("timeout", "60", "sh", "-c", f"export TERM=xterm-256color; {watch} script -qc tui /dev/null || true")
    assert container.run("cat", "/tmp/seen").split()[0] == "agent"


@pytest.mark.parametrize(
    "options",
    [
        HARDENED,
        (*HARDENED, "--env", "WORKSPACE=per-user"),
        (*HARDENED, "--user", "10001"),
        ("--user", "1000660000:0"),
    ],
    ids=["read-only", "read-only-per-user", "read-only-single-user", "random-user"],
)
def test_it_runs_on_strict_platforms(options: tuple[str, ...]) -> None:
    with running(*options) as container:
        single = "--user" in options
        assert ("ONE USER" in container.logs) == single
        caller = container.caller()
        commands = (
            "git init -q repo && cd repo && git commit -q --allow-empty -m x && git log --oneline | wc -l; ssh -V"
        )
        script = f"{commands}; id -u; id -un; own=${{TMPDIR:-/tmp}}/own; cp /bin/echo $own; $own ran; rm $own"
        assert caller.ask("PUT", "/files/work.sh", content=script).is_success
        output = caller.shell("sh work.sh")
        assert output.splitlines()[0].strip() == "1", output
        assert "ran" in output.splitlines(), output
        assert "OpenSSH" in output
        if single:
            assert str(options[options.index("--user") + 1]).split(":")[0] in output
        user = container.state(".Config.User") or "0"
        assert "/auth/verify?t=" in container.run("login-link", "ada@example.com", user=user)
        assert "FAIL" not in container.run("doctor", user=user)


def test_the_error_names_the_missing_capabilities_of_root() -> None:
    with created("--cap-drop", "ALL") as container:
        line = ended(container)
    assert "SETUID" in line
    assert "--user 10001" in line


def test_sigterm_stops_it_within_ten_seconds_and_the_session_survives() -> None:
    with running() as container:
        caller = container.caller()
        session = caller.open_session()
        accepted = caller.ask("POST", f"/sessions/{session}/messages", json={"prompt": "demo:stream 2000 20"})
        assert accepted.status_code == httpx2.codes.ACCEPTED
        container.wait(lambda: caller.ask("GET", f"/sessions/{session}").json()["state"] == "running")
        began = datetime.now(UTC)
        docker("stop", "--time", "20", container.name)
        assert (datetime.fromisoformat(container.state(".State.FinishedAt")) - began).total_seconds() < 10
        assert container.state(".State.ExitCode") == "0"
        docker("start", container.name)
        container.wait(container.is_healthy)
        again = caller.ask("GET", f"/sessions/{session}").json()
        assert again["state"] in ("idle", "parked")
        assert "still here" in str(caller.say(session, "demo:say still here"))
        assert "demo:stream" in str(caller.say(session, "demo:recall"))


def test_a_crashing_program_makes_the_container_unhealthy_and_logs_the_reason() -> None:
    with running("--health-interval=1s", "--health-retries=2", "--health-start-period=1s") as container:
        container.run(
            "sh", "-c", "rm -rf /data/agent/sessions.db*; mkdir /data/agent/sessions.db; pkill -9 -f 'm [a]pi$'"
        )
        container.wait(lambda: container.state(".State.Health.Status") == "unhealthy")
        container.wait(lambda: "UNHEALTHY" in container.logs)
        container.wait(lambda: container.logs.splitlines()[-1].startswith("UNHEALTHY"))
        last = [line for line in container.logs.splitlines() if line.startswith("UNHEALTHY")][-1]
        assert "api keeps ending" in last
        assert "unable to open database file" in last


def test_a_killed_program_restarts_and_its_orphans_are_reaped(container: Container) -> None:
    container.run("pkill", "-9", "-f", "python -m tui.serve")
    container.wait(lambda: "tui.serve" in container.run("ps", "-eo", "args="))
    container.wait(container.is_healthy)
    assert "<defunct>" not in container.run("ps", "-eo", "args=")
