"""test.sh and update.sh on real containers."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.container import IMAGE, created, docker, running
from tests.support.process import ROOT

SPOIL = "rm /data/agent/sessions.db*; echo newer >/data/agent/sessions.db; exit 1"
START = f'[ -z "$BROKEN" ] || {{ {SPOIL}; }}; exec tini -- /app/start.sh'
SPOILS_WHEN_BROKEN = f"ENTRYPOINT {json.dumps(['sh', '-c', START])}"


def script(*command: str, **environment: str) -> tuple[int, str]:
    """Runs one of the scripts; its exit code and all that it said."""
    given = {**os.environ, "RUN_FLAGS": "--network=host", "HEALTHY_SECONDS": "300", **environment}
    out = subprocess.PIPE
    done = subprocess.run(
        command, cwd=ROOT, env=given, stdout=out, stderr=subprocess.STDOUT, text=True, timeout=500, check=False
    )
    return done.returncode, done.stdout


@pytest.fixture
def changed() -> Iterator[str]:
    """The name of an image for `docker commit`."""
    name = "claude-code-sdk-container-test:changed"
    yield name
    docker("image", "rm", "--force", name)


def commit(change: str, name: str) -> None:
    with created() as container:
        docker("commit", "--change", change, container.name, name)


def test_the_test_passes_on_the_image() -> None:
    code, said = script("./test.sh", IMAGE)
    assert code == 0, said
    assert "FAIL" not in said
    assert said.rstrip().endswith("All checks passed.")


def test_the_test_fails_on_a_program_that_ends(changed: str) -> None:
    commit('ENTRYPOINT ["sh", "-c", "echo the disk is full; exit 3"]', changed)
    code, said = script("./test.sh", changed)
    assert code == 1
    assert "FAIL  GET /health" in said
    assert "the disk is full" in said


def test_an_update_keeps_settings_and_sessions() -> None:
    with running("--memory=3g", "--health-interval=1s", ALLOWED_EMAILS="ada@example.com") as container:
        caller = container.caller()
        session = caller.open_session()
        caller.say(session, "demo:say remember me")
        code, said = script("./update.sh", "--image", IMAGE, container.name)
        assert code == 0, said
        assert container.state(".HostConfig.Memory") == str(3 << 30)
        assert "ALLOWED_EMAILS=ada@example.com" in container.state("json .Config.Env")
        assert "remember me" in str(caller.say(session, "demo:recall"))
        assert docker("inspect", f"{container.name}-old", check=False).returncode != 0


def test_an_update_that_is_not_healthy_is_taken_back(changed: str) -> None:
    commit(SPOILS_WHEN_BROKEN, changed)
    with running(BROKEN="1") as container:
        before = container.state(".Id")
        caller = container.caller()
        session = caller.open_session()
        caller.say(session, "the word is heron")
        code, said = script("./update.sh", "--image", changed, container.name)
        assert code == 1
        assert "restoring the old container" in said, said
        assert container.state(".Id") == before
        container.wait(container.is_healthy)
        assert "heron" in str(caller.say(session, "demo:recall")), "the database is the old one too"


def test_an_update_of_nothing_says_what_to_name() -> None:
    code, said = script("./update.sh", "no-such-container")
    assert code == 1
    assert "there is no container no-such-container" in said
