"""The content of the image."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.container import IMAGE, Container, docker
from tests.support.process import ROOT

MEGABYTE = 1_000_000
LIMIT = 250 * MEGABYTE
"""For everything except Claude Code's executable, uncompressed."""


def inside(script: str) -> str:
    """Returns the output of a script in a new container of the image."""
    return docker("run", "--rm", "--network=none", "--entrypoint", "sh", IMAGE, "-c", script).stdout.strip()


def test_the_image_is_small() -> None:
    whole = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE).stdout)
    program = int(inside("stat -Lc %s /usr/local/bin/claude"))
    assert whole - program < LIMIT


def test_the_documented_sizes_are_right() -> None:
    rows = re.findall(r"^\| (.+?) \| \**(\d+)\** \|$", (ROOT / "docs/container.md").read_text(), re.M)
    written = {name.strip("*").split(",")[0]: int(weight) for name, weight in rows}
    assert written.pop("all") == sum(written.values())
    count = "-printf '%s\\n' | awk '{ all += $1 } END { print all }'"
    libraries = f"find /app/.venv -type f ! -name '*.pyc' ! -path '*/_bundled/*' {count}"
    compiled = f"find / -xdev -name '*.pyc' {count}"
    product = f"find /app -path /app/.venv -prune -o -type f ! -name '*.pyc' {count}"
    weights = inside(f"stat -Lc %s /usr/local/bin/claude; {libraries}; {compiled}; {product}").splitlines()
    names = ("Claude Code's own program", "the libraries", "compiled files of what is imported at start", "the product")
    weighed = dict(zip(names, map(int, weights), strict=True))
    whole = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE).stdout)
    weighed["Debian"] = whole - sum(weighed.values())
    assert weighed.keys() == written.keys()
    for name, weight in weighed.items():
        assert abs(written[name] - weight / MEGABYTE) < 4, (name, weight)


def test_it_contains_claude_code_once_and_complete() -> None:
    assert inside("find / -xdev -type f -size +100M | wc -l") == "1"
    assert "Claude Code" in inside("claude --version")


def test_no_build_files_are_left() -> None:
    assert (
        inside("ls /var/lib/apt/lists /var/cache/apt/archives/*.deb /root/.cache 2>/dev/null | grep -v : || true") == ""
    )
    assert inside("command -v gcc make strip || true") == ""
    assert inside("cd /app; ls -d .env .git tests docs bench 2>/dev/null || true") == ""


def test_only_root_can_change_the_code() -> None:
    assert inside("find /app \\( ! -user root -o -perm /0022 \\) ! -type l | head") == ""


def test_no_program_has_a_setuid_or_setgid_bit() -> None:
    assert inside("find / -xdev -type f -perm /6000") == ""


def test_the_metadata_describes_how_to_run_it() -> None:
    (image,) = json.loads(docker("image", "inspect", IMAGE).stdout)
    config = image["Config"]
    assert config["ExposedPorts"] == {"8080/tcp": {}}
    assert set(config["Volumes"]) == {"/data", "/workspace"}
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "/app/container/healthcheck"]
    for label in ("title", "description", "licenses", "version", "revision"):
        assert config["Labels"][f"org.opencontainers.image.{label}"]


@pytest.mark.parametrize("tool", ["git", "rg", "curl", "less", "ssh", "jq", "ps", "python3", "pip", "claude"])
def test_a_shell_finds_the_tools_that_claude_code_expects(container: Container, tool: str) -> None:
    assert tool in container.run("sh", "-c", f"command -v {tool}", user="claude")


def test_the_programs_compile_nothing_at_start(container: Container) -> None:
    script = "find / -xdev -name '*.pyc' -newer /proc/1/cmdline 2>/dev/null | wc -l"
    assert container.run("sh", "-c", script).strip() == "0"
    assert container.run("sh", "-c", "find /app/api /app/auth /app/tui -name '*.pyc' | wc -l").strip() != "0"


def test_every_library_has_a_wheel_for_arm64(tmp_path: Path) -> None:
    uv = [
        str(Path(sys.executable).with_name("uv")),
        "pip",
        "install",
        "--dry-run",
        "--quiet",
        "--target",
        str(tmp_path),
    ]
    lock = ["--only-binary=:all:", "--require-hashes", "--python-version=3.12", "-r", str(ROOT / "requirements.lock")]
    for platform, code in (("aarch64-manylinux_2_28", 0), ("aarch64-unknown-linux-musl", 1)):
        done = subprocess.run([*uv, "--python-platform", platform, *lock], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
