import gzip
import re
from pathlib import Path

import pytest

from tui.serve.app import render_page
from tui.serve.assets import FOLDER, Assets
from tui.serve.bundle import bundle_scripts
from tui.serve.settings import Settings

ASSETS = Assets()
PAGE = render_page(ASSETS, Settings(socket=Path("tui.sock")))
SCRIPTS = sorted((FOLDER / "static" / "js").glob("*.js"))


def test_every_file_the_page_refers_to_exists() -> None:
    named = re.findall(rf"/static/{ASSETS.version}/([^\"]+)", PAGE)
    assert len(named) >= 8
    assert not [path for path in named if ASSETS.get(path) is None]


def test_the_page_uses_no_other_site_and_no_inline_script() -> None:
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


def test_the_fonts_of_the_styles_exist() -> None:
    css = FOLDER / "static" / "css" / "page.css"
    fonts = re.findall(r'url\("(.+?)"\)', css.read_text())
    assert len(fonts) == 4
    assert all((css.parent / font).resolve().is_file() for font in fonts)


def test_fonts_and_vendored_scripts_carry_their_licence() -> None:
    for folder in ("fonts", "vendor/xterm"):
        assert list((FOLDER / "static" / folder).glob("LICENSE*")), folder


def test_text_is_gzipped_and_fonts_are_not() -> None:
    script = ASSETS.get("js/main.js")
    font = ASSETS.get("fonts/jetbrains-mono-regular.woff2")
    assert script
    assert script.gzipped
    assert gzip.decompress(script.gzipped) == script.body
    assert font
    assert font.gzipped is None


@pytest.mark.parametrize("path", ["", "..", "../index.html", "js", "js/", "/etc/passwd", "js/../js/main.js"])
def test_paths_outside_the_page_are_not_served(path: str) -> None:
    assert ASSETS.get(path) is None


def test_the_bundles_hold_every_module_once_and_the_first_imports_nothing() -> None:
    first, main = (ASSETS.get(f"bundle/{name}.js") for name in ("early-connection", "main"))
    assert first
    assert main
    assert b"import " not in first.body
    assert re.findall(rb"^import .*$", main.body, re.MULTILINE) == [
        b"import { $js_appearance_js, $js_server_connection_js, $js_tab_storage_js, $js_early_connection_js } "
        b'from "./early-connection.js";'
    ]
    for script in (path for path in SCRIPTS if path.name != "worker.js"):
        variable = re.sub(r"\W", "_", f"js/{script.name}")
        definition = f"const ${variable} = ".encode()
        assert first.body.count(definition) + main.body.count(definition) == 1, script.name


@pytest.mark.parametrize(
    "text",
    [
        'import main from "./main.js";',
        'import * as main from "./main.js";',
        'import "./main.js";',
        "const x = 1;\nexport { x };",
        "export default 1;",
    ],
)
def test_a_module_that_cannot_be_bundled_is_refused(text: str) -> None:
    texts = {"js/early-connection.js": "// nothing", "js/main.js": text}
    with pytest.raises(ValueError, match="cannot be bundled"):
        bundle_scripts(texts.__getitem__)
