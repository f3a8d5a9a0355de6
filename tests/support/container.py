"""Runs real containers of the image and removes each, with its volumes, after its test."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.network import free_port

IMAGE = os.environ.get("IMAGE", "claude-code-sdk-container")
START_SECONDS = 180.0


def docker(*words: str, check: bool = True, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """Runs the Docker client.

    Raises:
        RuntimeError: it failed; the message contains its output.
    """
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=seconds, check=False)
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(words[:3])} failed: {done.stderr}{done.stdout}")
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A running container."""

    name: str
    port: int
    demo_port: int
    """The port of its demo model, if it has one."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def logs(self) -> str:
        done = docker("logs", self.name)
        return done.stdout + done.stderr

    def run(self, *command: str, user: str = "0", check: bool = True) -> str:
        """Runs a command in the container, by default as root; returns its output."""
        done = docker("exec", "--user", user, self.name, *command, check=check)
        return done.stdout + done.stderr

    def state(self, what: str) -> str:
        """Returns one field of `docker inspect`, such as `.State.ExitCode`."""
        return docker("inspect", "--format", "{{%s}}" % what, self.name).stdout.strip()  # noqa: UP031

    def is_healthy(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/health", timeout=5).status_code == httpx2.codes.OK
        return False

    def wait(self, ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        """Waits until `ready` returns True.

        Raises:
            RuntimeError: it took too long or the container ended; the message contains its log.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline or self.state(".State.Running") != "true":
                raise RuntimeError(f"the container is not ready: {self.state('json .State')}\n{self.logs}")
            time.sleep(0.1)

    def caller(self, name: str = "") -> "Caller":
        """Returns a caller of the API with the key of that person in KEYS, by default without a key."""
        return Caller(self, {"x-api-key": KEYS[name]} if name else {})


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls the container's API with fixed headers."""

    container: Container
    headers: Mapping[str, str]

    def ask(self, method: str, path: str, **content: Any) -> httpx2.Response:
        """Sends one request to the API."""
        return httpx2.request(method, self.container.url + path, headers=self.headers, timeout=90, **content)

    def open_session(self, **options: Any) -> str:
        """Creates a session that may run any command; returns its id."""
        body = {"options": {"allowedTools": ["Bash", "Read", "Write", "Edit"], **options}}
        answer = self.ask("POST", "/sessions", json=body)
        assert answer.status_code == httpx2.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def say(self, session: str, prompt: str) -> list[dict[str, Any]]:
        """Runs a turn to its end and returns its events; fails if the turn asks for permission."""
        path, headers = f"/sessions/{session}/messages", {**self.headers, "accept": "text/event-stream"}
        url, events = self.container.url + path, []
        with httpx2.stream("POST", url, headers=headers, json={"prompt": prompt}, timeout=90) as answer:
            assert answer.status_code == httpx2.codes.OK, answer.read()
            for line in answer.iter_lines():
                if line.startswith("data:") and isinstance(event := json.loads(line[5:]), dict):
                    assert event.get("type") != "request_opened", event
                    events.append(event)
        return events

    def shell(self, command: str, session: str = "") -> str:
        """Returns the output of a command that Claude Code's Bash tool runs."""
        return output_of(self.say(session or self.open_session(), f"demo:run {command}"))

    def own_shell(self, command: str) -> str:
        """Returns the output of a command that the person runs without Claude."""
        session = self.open_session()
        answer = self.ask("POST", f"/sessions/{session}/shell", json={"command": command})
        assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
        url, events = f"{self.container.url}/sessions/{session}/events?after=0", []
        with httpx2.stream("GET", url, headers=self.headers, timeout=90) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and isinstance(event := json.loads(line[5:]), dict):
                    events.append(event)
                    if event.get("type") == "turn_finished":
                        break
        return output_of(events)


def output_of(events: list[dict[str, Any]]) -> str:
    """Returns the output of the last tool."""
    outputs = [str(event["content"]) for event in events if event.get("type") == "tool_finished"]
    assert outputs, events
    return outputs[-1]


@contextmanager
def created(*options: str, **settings: str) -> Iterator[Container]:
    """Starts a container, by default with the demo model, and removes it after the block."""
    container = Container(name=f"test-{uuid4().hex[:12]}", port=free_port(), demo_port=free_port())
    environment: Mapping[str, str] = {
        "PORT": str(container.port),
        "DEMO": "1",
        "DEMO_PORT": str(container.demo_port),
        **settings,
    }
    given = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    docker("run", "--detach", "--name", container.name, "--network=host", *given, *options, IMAGE)
    try:
        yield container
    finally:
        docker("rm", "--force", "--volumes", container.name)


@contextmanager
def running(*options: str, **settings: str) -> Iterator[Container]:
    """Starts a container and waits until it is healthy."""
    with created(*options, **settings) as container:
        container.wait(container.is_healthy)
        yield container


KEYS = {"ada": "ada-ada-ada-ada-ada", "bob": "bob-bob-bob-bob-bob"}
"""The API keys of two users."""
MODEL_KEY = "sk-ant-the-word-is-heron"


@contextmanager
def running_for_two(**settings: str) -> Iterator[Container]:
    """Runs a container for the two users in KEYS."""
    with running(
        CLAUDE_CODE_SDK_CONTAINER_API_KEY=",".join(f"{n}:{k}" for n, k in KEYS.items()), **settings
    ) as started:
        yield started


@pytest.fixture(scope="session")
def container() -> Iterator[Container]:
    """A container with default settings, for two users."""
    with running_for_two() as started:
        yield started


@pytest.fixture(scope="session")
def separate_users(container: Container) -> Iterator[Container]:
    """A container with a workspace and a system user for each user; its model is the other container's demo model."""
    model = {
        "DEMO": "0",
        "ANTHROPIC_API_KEY": MODEL_KEY,
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{container.demo_port}",
    }
    with running_for_two(WORKSPACE="per-user", **model) as started:
        yield started
