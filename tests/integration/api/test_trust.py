"""A workspace's own settings, hooks and MCP servers: they apply only after a person has accepted them."""

import json
import os

import pytest

from api.claude.credential_pipe import PIPES, credential_pipes
from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.http_caller import ask
from tests.support.session_client import open_session
from tests.support.untrusted_workspace import add_hook


async def test_a_hook_of_the_folder_runs_only_after_a_yes(demo: Demo) -> None:
    async with running_api(demo) as api:
        add_hook(api.workspace, "hooked")
        await ask(api.client, "demo:say by query")
        assert not (api.workspace / "hooked").exists()
        async with open_session(api.client) as session:
            turn = await session.send("demo:say hello")
            request = (await session.wait_for("request_opened")).data["request"]
            assert request["kind"] == "trust"
            assert "touch" in json.dumps(request["input"]["files"])
            await session.answer(request["id"], decision="deny")
            await session.end_of(turn)
            await session.ask("demo:say again")
            assert len(session.of("request_opened")) == 1
        assert not (api.workspace / "hooked").exists()
        async with open_session(api.client) as session:
            turn = await session.send("demo:say hello")
            request = (await session.wait_for("request_opened")).data["request"]
            await session.answer(request["id"], decision="allow")
            await session.end_of(turn)
        assert (api.workspace / "hooked").exists()
        async with open_session(api.client) as session:
            await session.ask("demo:say no question now")
            assert not session.of("request_opened")
        add_hook(api.workspace, "hooked-again")
        async with open_session(api.client) as session:
            await session.send("demo:say changed")
            assert (await session.wait_for("request_opened")).data["request"]["kind"] == "trust"
            assert not (api.workspace / "hooked-again").exists()


async def test_a_request_says_how_much_of_a_long_file_is_not_shown(demo: Demo) -> None:
    async with running_api(demo) as api:
        add_hook(api.workspace, "hooked")
        (api.workspace / ".claude" / "long.md").write_text("x" * 4_100)
        async with open_session(api.client) as session:
            await session.send("demo:say hello")
            files = (await session.wait_for("request_opened")).data["request"]["input"]["files"]
            (shown,) = [text for path, text in files.items() if path.endswith("long.md")]
            assert shown == "x" * 4_000 + "\n… 100 more bytes are not shown here"


@pytest.mark.parametrize("trust", ["0", "1"])
async def test_all_folders_can_be_trusted_by_a_setting(demo: Demo, trust: str) -> None:
    async with running_api(demo, TRUST_WORKSPACE=trust) as api:
        add_hook(api.workspace, "hooked")
        await ask(api.client, "demo:say hello")
        assert (api.workspace / "hooked").exists() == (trust == "1")


async def test_instructions_of_a_harmless_folder_are_read(api: Api) -> None:
    async with open_session(api.client) as session:
        await session.ask("demo:say no question")
        assert not session.of("request_opened")


async def test_no_secret_of_the_server_reaches_a_command(demo: Demo) -> None:
    secrets = {"SESSION_SECRET": "top-secret-1", "RESEND_API_KEY": "top-secret-2", "SOME_PASSWORD": "top-secret-3"}
    async with running_api(demo, **secrets, CLAUDE_CODE_SDK_CONTAINER_API_KEY="top-secret-4") as api:
        body = {"prompt": "demo:run env", "options": {"allowedTools": ["Bash(env)"]}}
        answer = (await api.client.post("/query", json=body)).json()
        assert "PATH=" in answer["response"]
        assert "top-secret" not in answer["response"]
        assert str(api.data) not in answer["response"].replace(str(api.data / "claude"), "")


LOOK_EVERYWHERE = (
    "env; cat /proc/self/environ /proc/$PPID/environ | tr '\\0' '\\n'; "
    "for pipe in /proc/$PPID/fd/*; do test -p $pipe && timeout 0.2 cat $pipe; done; grep -rs top-secret ~; true"
)


async def test_the_credential_reaches_claude_code_and_no_command(demo: Demo) -> None:
    given = {"DEMO": "", "ANTHROPIC_BASE_URL": demo.url, "ANTHROPIC_API_KEY": "top-secret-key"}
    async with running_api(demo, **given) as api:
        body = {"prompt": f"demo:run {LOOK_EVERYWHERE}", "options": {"allowedTools": ["Bash"]}}
        answer = (await api.client.post("/query", json=body)).json()
        assert "PATH=" in answer["response"], answer
        assert "top-secret" not in answer["response"]


@pytest.mark.parametrize("name", list(PIPES))
def test_a_secret_is_read_from_its_pipe_once(name: str) -> None:
    with credential_pipes({"PATH": "/bin", name: "top-secret"}) as (environment, pipes):
        assert "top-secret" not in environment.values()
        (pipe,) = pipes
        assert environment[PIPES[name]] == str(pipe)
        assert [os.read(pipe, 99), os.read(pipe, 99)] == [b"top-secret", b""]
    with pytest.raises(OSError):
        os.fstat(pipe)
