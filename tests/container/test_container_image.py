"""What is in the image, and what is not."""

import json

import pytest

from tests.parts.container import IMAGE, Container, docker

MEGABYTE = 1_000_000
LIMIT = 250 * MEGABYTE
"""For all that is not Claude Code's own program, uncompressed."""


def inside(script: str) -> str:
    """What a shell in a fresh container of the image prints."""
    return docker("run", "--rm", "--network=none", "--entrypoint", "sh", IMAGE, "-c", script).stdout.strip()


def test_it_is_small() -> None:
    whole = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE).stdout)
    program = int(inside("stat -Lc %s /usr/local/bin/claude"))
    assert whole - program < LIMIT


def test_it_holds_claude_code_once_and_whole() -> None:
    assert inside("find / -xdev -type f -size +100M | wc -l") == "1"
    assert "Claude Code" in inside("claude --version")


def test_nothing_of_the_build_is_left() -> None:
    assert (
        inside("ls /var/lib/apt/lists /var/cache/apt/archives/*.deb /root/.cache 2>/dev/null | grep -v : || true") == ""
    )
    assert inside("command -v gcc make strip || true") == ""
    assert inside("cd /app; ls -d .env .git tests docs bench 2>/dev/null || true") == ""


def test_the_code_belongs_to_root_and_nobody_else_writes_it() -> None:
    assert inside("find /app \\( ! -user root -o -perm /0022 \\) ! -type l | head") == ""


def test_no_program_lends_rights() -> None:
    assert inside("find / -xdev -type f -perm /6000") == ""


def test_it_says_how_it_is_run() -> None:
    (image,) = json.loads(docker("image", "inspect", IMAGE).stdout)
    config = image["Config"]
    assert config["ExposedPorts"] == {"8080/tcp": {}}
    assert set(config["Volumes"]) == {"/data", "/workspace"}
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "/app/container/healthcheck"]
    for label in ("title", "description", "licenses", "version", "revision"):
        assert config["Labels"][f"org.opencontainers.image.{label}"]


@pytest.mark.parametrize("tool", ["git", "rg", "curl", "less", "ssh", "jq", "ps", "python3", "pip", "claude"])
def test_a_shell_finds_what_claude_code_expects(container: Container, tool: str) -> None:
    assert tool in container.run("sh", "-c", f"command -v {tool}", user="claude")


def test_the_programs_compile_nothing_at_start(container: Container) -> None:
    script = "find / -xdev -name '*.pyc' -newer /proc/1/cmdline 2>/dev/null | wc -l"
    assert container.run("sh", "-c", script).strip() == "0"
    assert container.run("sh", "-c", "find /app/api /app/auth /app/tui -name '*.pyc' | wc -l").strip() != "0"
