"""test.sh and update.sh, run on real containers."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.container import IMAGE, created, docker, running
from tests.support.process import ROOT

DESTROY_DATABASE = "rm /data/agent/sessions.db*; echo newer >/data/agent/sessions.db; exit 1"
START = f'[ -z "$BROKEN" ] || {{ {DESTROY_DATABASE}; }}; exec tini -- /app/start.sh'
BREAKS_ON_DEMAND = f"ENTRYPOINT {json.dumps(['sh', '-c', START])}"
"""Destroys the database and exits if the variable BROKEN is set."""


def script(*command: str, **environment: str) -> tuple[int, str]:
    """Runs one of the scripts; returns its exit code and its output."""
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


def test_the_test_script_passes_on_the_image() -> None:
    code, output = script("./test.sh", IMAGE)
    assert code == 0, output
    assert "FAIL" not in output
    assert output.rstrip().endswith("All checks passed.")


def test_the_test_script_fails_if_the_container_exits(changed: str) -> None:
    commit('ENTRYPOINT ["sh", "-c", "echo the disk is full; exit 3"]', changed)
    code, output = script("./test.sh", changed)
    assert code == 1
    assert "FAIL  GET /health" in output
    assert "the disk is full" in output


def test_an_update_keeps_settings_and_sessions() -> None:
    with running("--memory=3g", "--health-interval=1s", ALLOWED_EMAILS="ada@example.com") as container:
        caller = container.caller()
        session = caller.open_session()
        caller.say(session, "demo:say remember me")
        code, output = script("./update.sh", "--image", IMAGE, container.name)
        assert code == 0, output
        assert container.state(".HostConfig.Memory") == str(3 << 30)
        assert "ALLOWED_EMAILS=ada@example.com" in container.state("json .Config.Env")
        assert "remember me" in str(caller.say(session, "demo:recall"))
        assert docker("inspect", f"{container.name}-old", check=False).returncode != 0


def test_an_unhealthy_update_is_rolled_back(changed: str) -> None:
    commit(BREAKS_ON_DEMAND, changed)
    with running(BROKEN="1") as container:
        before = container.state(".Id")
        caller = container.caller()
        session = caller.open_session()
        caller.say(session, "the word is heron")
        code, output = script("./update.sh", "--image", changed, container.name)
        assert code == 1
        assert "restoring the old container" in output, output
        assert container.state(".Id") == before
        container.wait(container.is_healthy)
        assert "heron" in str(caller.say(session, "demo:recall")), "the old database is restored too"


def test_an_update_of_an_unknown_container_fails() -> None:
    code, output = script("./update.sh", "no-such-container")
    assert code == 1
    assert "there is no container no-such-container" in output
