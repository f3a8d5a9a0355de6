"""Hidden and control characters are shown by name, in the terminal app and on the api's pages."""

import re

import pytest
from jinja2 import Environment, FileSystemLoader

from api.export import Text, as_html
from api.export.html import FILTERS, PAGES
from api.export.safe_html import visible
from api.schema import Request, SessionInfo
from api.schema.patterns import HIDDEN
from api.schema.requests import RequestKind
from tui.text import sanitize

NAMED = [
    *(
        "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u202e\u2060\u2065\u2066\u3164\ufeff\uffa0"
    ),
    *(
        "\ufff0\ufff9\ud83d\U00013430\U0001bca0\U0001d173\U000e0000\U000e0041\U000e0100\x00\x1b\x7f\x85\x9b\r\u200c\u200d"
    ),
]
SHOWN = "ä 中文 ✓ 🎉 👩\u200d👧 ❤\ufe0f क्\u200dष\tb\nc"


def test_app_and_pages_name_every_hidden_character() -> None:
    table = re.findall(f"[{HIDDEN}]", "".join(map(chr, range(0x110000))))
    text = "".join(table)
    assert visible(text).count("<U+") == sanitize.visible(text).count("⟨U+") == len(table)
    assert not set(table) & {*visible(text), *sanitize.visible(text)}


@pytest.mark.parametrize("character", NAMED, ids=lambda character: f"{ord(character):04X}")
def test_app_and_pages_name_a_hidden_character(character: str) -> None:
    text = f"rm{character}x"
    assert visible(text) == f"rm<U+{ord(character):04X}>x"
    assert sanitize.visible(text) == f"rm{sanitize.visible_name(character)}x"


def test_app_and_pages_keep_visible_characters() -> None:
    assert visible(SHOWN) == sanitize.visible(SHOWN) == SHOWN


@pytest.mark.parametrize(
    ("kind", "diff", "value"),
    [
        ("permission", None, {"command": "rm \u061cx\x1b[31m"}),
        ("permission", "@@ -1 +1 @@\n+rm \u061cx\x1b[31m\n", {}),
        ("plan", None, {"plan": "**rm** \u061cx\x1b[31m"}),
    ],
)
def test_a_request_page_names_hidden_characters(kind: RequestKind, diff: str | None, value: dict[str, str]) -> None:
    request = Request(id="r", kind=kind, tool_name="Bash", input=value, title="t", diff=diff)
    page = _request(request)
    assert "&lt;U+061C&gt;x&lt;U+001B&gt;[31m" in page


def test_a_diff_line_with_line_separators_stays_one_line() -> None:
    page = _request(Request(id="r", kind="permission", tool_name="Edit", input={}, title="t", diff="+a\u2028b\x85c\n"))
    assert '<span class="added">+a&lt;U+2028&gt;b&lt;U+0085&gt;c</span></pre>' in page


def test_an_export_names_hidden_characters() -> None:
    at = "2026-01-01T00:00:00.000Z"
    session = SessionInfo(
        id="s",
        title="title\u061c",
        state="idle",
        model="opus",
        permission_mode="default",
        created_at=at,
        updated_at=at,
        cost_usd=0.1,
        num_turns=1,
        pending_requests=0,
        cwd="/w",
    )
    page = as_html(session, [Text(role="assistant", text="an *answer*\u061c", at=at)])
    assert "<em>answer</em>&lt;U+061C&gt;" in page
    assert "<h1>title&lt;U+061C&gt;</h1>" in page
    assert "\u061c" not in page


def _request(request: Request) -> str:
    pages = Environment(
        loader=FileSystemLoader(PAGES / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters.update(FILTERS)
    return str(
        pages.from_string("{% from 'mobile/request.html' import ask %}{{ ask('s', request) }}").render(request=request)
    )
