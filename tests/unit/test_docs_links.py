"""Every link in the Markdown pages works: relative files exist, and anchors are headings."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Returns every Markdown page of the repository, without git those of the known folders."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    folders = (ROOT, ROOT / "docs", ROOT / "deploy")
    found = [ROOT / line for line in listed.split()] or [path for folder in folders for path in folder.glob("*.md")]
    return sorted(path for path in found if path.exists())


def anchors(page: Path) -> set[str]:
    """Returns the anchors that GitHub makes for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def links(page: Path) -> list[str]:
    """Returns the targets of a page's links and images, except other sites."""
    found = (match[1] or match[2] for match in LINK.finditer(FENCE.sub("", page.read_text())))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    broken = []
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_page_of_docs_is_linked() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in pages() for link in links(page)}
    pages_of_docs = [path for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"]
    assert [path.name for path in pages_of_docs if path not in linked] == []
