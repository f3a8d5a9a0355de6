"""The product with one and with separate system users: uploads, resuming, deleting, queries, files."""

import pytest

from tests.support.container import Caller, Container

CONTAINERS = pytest.mark.parametrize("kind", ["container", "separate_users"])


@pytest.fixture
def ada(request: pytest.FixtureRequest, kind: str) -> Caller:
    """Ada, in a shared container and in one with a system user for each person."""
    container: Container = request.getfixturevalue(kind)
    return container.caller("ada")


@CONTAINERS
def test_an_upload_can_be_changed_by_the_agent_and_read_back(ada: Caller) -> None:
    assert ada.ask("PUT", "/files/notes/list.txt", content="milk\n").is_success
    assert ada.shell("echo bread >> notes/list.txt; cat notes/list.txt") == "milk\nbread"
    assert ada.ask("GET", "/files/notes/list.txt").text == "milk\nbread\n"
    assert ada.ask("PUT", "/files/notes/list.txt", content="eggs\n").is_success
    assert (
        ada.shell("chmod 644 notes/list.txt 2>/dev/null; echo more >> notes/list.txt; cat notes/list.txt")
        == "eggs\nmore"
    )


@CONTAINERS
def test_a_file_of_the_agent_can_be_overwritten_and_deleted(ada: Caller) -> None:
    ada.shell("mkdir -p made/deep; echo x > made/deep/file; chmod 644 made/deep/file")
    assert ada.ask("PUT", "/files/made/deep/file", content="y").is_success
    assert ada.shell("echo z >> made/deep/file; cat made/deep/file") == "yz"
    assert ada.ask("DELETE", "/files/made/deep/file").is_success


@CONTAINERS
def test_a_session_resumes_from_storage_if_its_transcript_file_is_missing(ada: Caller) -> None:
    session = ada.open_session()
    ada.say(session, "the word is heron")
    container = ada.container
    container.run("sh", "-c", "rm -rf /data/claude/*/.claude/projects; pkill -9 -f '[_]bundled/claude'")
    assert "heron" in str(ada.say(session, "demo:recall"))


@CONTAINERS
def test_deleting_a_session_deletes_its_transcript_files(ada: Caller) -> None:
    session = ada.open_session()
    ada.say(session, "remember the heron")
    search = f"grep -rl {session} /data/claude --include=*.jsonl || true"
    assert session in ada.container.run("sh", "-c", search)
    assert ada.ask("DELETE", f"/sessions/{session}").is_success
    assert session not in ada.container.run("sh", "-c", search)


@CONTAINERS
def test_queries_reuse_a_cleared_worker(ada: Caller) -> None:
    for word in ("one", "two", "three"):
        answer = ada.ask("POST", "/query", json={"prompt": f"demo:say {word}"})
        assert answer.json()["response"] == word
    assert "three" not in str(ada.ask("POST", "/query", json={"prompt": "demo:recall"}).json()["response"])


@CONTAINERS
def test_a_fork_has_the_history_of_its_origin(ada: Caller) -> None:
    session = ada.open_session()
    ada.say(session, "the word is heron")
    answer = ada.ask("POST", f"/sessions/{session}/fork", json={})
    assert answer.status_code == 201, answer.text
    assert "heron" in str(ada.say(answer.json()["id"], "demo:recall"))


@CONTAINERS
def test_the_children_of_a_killed_claude_code_end_too(ada: Caller) -> None:
    def running() -> bool:
        return "sleep 4242" in ada.container.run("ps", "-eo", "args=")

    # The command is in a script because Claude Code refuses a plain `sleep`.
    assert ada.ask("PUT", "/files/wait.sh", content="exec sleep 4242").is_success
    session = ada.open_session()
    assert ada.ask("POST", f"/sessions/{session}/messages", json={"prompt": "demo:run sh wait.sh"}).status_code == 202
    ada.container.wait(running)
    ada.container.run("pkill", "-9", "-f", "_bundled/claude")
    ada.container.wait(lambda: not running(), seconds=20)
