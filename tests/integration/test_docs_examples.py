"""Every example in README.md and docs/api.md runs unchanged and prints what the page says."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import playwright
import pytest
import pytest_asyncio

from tests.support.deployment import Deployment, running_deployment
from tests.support.process import ROOT, clean_environment

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "a-key-for-the-examples-0123456789"
NODE = Path(playwright.__file__).with_name("driver") / "node"
"""The Node.js that is part of playwright."""
PROGRAMS = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "js": [str(NODE), "--input-type=module", "-e"],
}
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """A block of code on a page."""

    page: str
    line: int
    language: str
    code: str

    @property
    def expected(self) -> list[str]:
        """The output that the arrows in its comments promise."""
        return re.findall(r"^(?:#|//) → (.*)$", self.code, re.MULTILINE)


def examples(page: str) -> list[Example]:
    """Returns the page's blocks in a language of PROGRAMS."""
    text = (ROOT / page).read_text()
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = ((text[: match.start()].count("\n") + 1, match) for match in found)
    return [Example(page, line, match[1], match[2]) for line, match in lines if match[1] in PROGRAMS]


EXAMPLES = [*examples("README.md"), *examples("docs/api.md")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment() -> AsyncIterator[Deployment]:
    async with running_deployment(CLAUDE_CODE_SDK_CONTAINER_API_KEY=f"tour:{KEY}") as running:
        yield running


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda example: f"{example.page}-{example.language}-line-{example.line}"
)
async def test_the_example_runs_and_prints_what_the_page_says(
    example: Example, deployment: Deployment, tmp_path: Path
) -> None:
    environment = clean_environment({"URL": deployment.url, "KEY": KEY, "HOME": str(tmp_path)})
    process = await asyncio.create_subprocess_exec(
        *PROGRAMS[example.language],
        example.code.replace("http://localhost:8080", deployment.url),
        cwd=tmp_path,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output
    missing = [text for text in example.expected if text not in output]
    assert not missing, output


async def test_every_language_has_examples() -> None:
    for page in ("README.md", "docs/api.md"):
        assert {example.language for example in EXAMPLES if example.page == page} == set(PROGRAMS)
    assert os.access(NODE, os.X_OK)


async def test_every_route_of_the_api_is_in_the_page(deployment: Deployment) -> None:
    async with httpx2.AsyncClient(base_url=deployment.url, headers={"X-API-Key": KEY}, timeout=SECONDS) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    page = (ROOT / "docs/api.md").read_text()
    assert paths
    assert [path for path in paths if last_word(path) not in page] == []


def last_word(path: str) -> str:
    """Returns the last part of a path that is not a parameter."""
    words = [word for word in path.split("/") if word and "{" not in word]
    return f"/{words[-1]}" if words else ""
