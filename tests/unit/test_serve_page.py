import gzip
import re
from pathlib import Path

import pytest

from tui.serve.app import render_page
from tui.serve.assets import FOLDER, Assets
from tui.serve.settings import Settings

ASSETS = Assets()
PAGE = render_page(ASSETS, Settings(socket=Path("tui.sock")))
SCRIPTS = sorted((FOLDER / "static" / "js").glob("*.js"))


def test_everything_the_page_names_is_there() -> None:
    named = re.findall(rf"/static/{ASSETS.version}/([^\"]+)", PAGE)
    assert len(named) > 15
    assert not [path for path in named if ASSETS.get(path) is None]


def test_the_page_needs_nobody_else_and_runs_no_inline_script() -> None:
    assert "{{" not in PAGE
    assert not re.search(r"(src|href)=\"(https?:)?//", PAGE)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", PAGE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_small_and_its_imports_exist(script: Path) -> None:
    text = script.read_text()
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 220
    for name in re.findall(r'from "(.+?)";', text):
        assert (script.parent / name).resolve().is_file(), name


def test_styles_find_their_fonts() -> None:
    css = FOLDER / "static" / "css" / "page.css"
    fonts = re.findall(r'url\("(.+?)"\)', css.read_text())
    assert len(fonts) == 4
    assert all((css.parent / font).resolve().is_file() for font in fonts)


def test_every_font_and_foreign_script_has_its_licence_beside_it() -> None:
    for folder in ("fonts", "vendor/xterm"):
        assert list((FOLDER / "static" / folder).glob("LICENSE*")), folder


def test_text_is_squeezed_and_fonts_are_not() -> None:
    script = ASSETS.get("js/main.js")
    font = ASSETS.get("fonts/jetbrains-mono-regular.woff2")
    assert script
    assert script.squeezed
    assert gzip.decompress(script.squeezed) == script.body
    assert font
    assert font.squeezed is None


@pytest.mark.parametrize("path", ["", "..", "../index.html", "js", "js/", "/etc/passwd", "js/../js/main.js"])
def test_only_files_of_the_page_are_given(path: str) -> None:
    assert ASSETS.get(path) is None
