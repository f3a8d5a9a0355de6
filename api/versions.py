"""The versions of this product, the Agent SDK and Claude Code, read without importing the SDK."""

import asyncio
import tomllib
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
ANSWER_SECONDS = 10.0


def own_version() -> str:
    """The version of this product: of the installed package, or of pyproject.toml when it runs from its folder."""
    try:
        return version("claude-code-sdk-container")
    except PackageNotFoundError:
        project = tomllib.loads(PROJECT.read_text())
        return str(project["project"]["version"])


def sdk_version() -> str:
    """The version of the Claude Agent SDK."""
    return version("claude-agent-sdk")


def bundled_cli() -> Path | None:
    """The Claude Code program in the SDK's package; None on platforms for which it has none."""
    spec = find_spec("claude_agent_sdk")
    program = Path(spec.origin).parent / "_bundled" / "claude" if spec and spec.origin else None
    return program if program and program.is_file() else None


async def cli_version(program: Path) -> str | None:
    """The version that Claude Code prints; None when it does not run."""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await asyncio.wait_for(process.communicate(), ANSWER_SECONDS)
    except (OSError, TimeoutError):
        return None
    words = output.decode(errors="replace").split()
    return words[0] if process.returncode == 0 and words else None
