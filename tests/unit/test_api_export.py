"""Exports of a conversation: nothing in it becomes markup, reorders text or disappears. Answers from forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from api.export import as_html, as_markdown, parts_of
from api.export.markdown import fence
from api.export.safe_html import markup_of, uncoloured, visible
from api.http.routes.mobile import answer_of
from api.schema import Message, Question, Request, SessionInfo, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from tests.support.html_elements import Elements

SESSION = SessionInfo(
    id="s1",
    title="Title",
    state="idle",
    model="opus",
    permission_mode="default",
    created_at="2026-01-01T00:00:00.000Z",
    updated_at="2026-01-01T00:00:00.000Z",
    cost_usd=0.1,
    num_turns=1,
    pending_requests=0,
    cwd="/w",
)


def message(*blocks: TextBlock | ThinkingBlock | ToolUseBlock | ToolResultBlock, role: str = "assistant") -> Message:
    return Message(id="m", role="assistant" if role == "assistant" else "user", content=blocks)


MESSAGES = [
    message(TextBlock(text="Do it"), role="user"),
    message(ThinkingBlock(thinking="hm"), ToolUseBlock(id="t1", name="Bash", input={"command": "ls"})),
    message(ToolResultBlock(tool_use_id="t1", content="a\nb", is_error=True), role="user"),
    message(
        ToolUseBlock(id="t2", name="Bash", input={"command": "pwd"}), TextBlock(text="**Done**"), TextBlock(text=" ")
    ),
]


def test_tool_calls_have_their_output() -> None:
    kinds = [(part.kind, getattr(part, "output", None), getattr(part, "is_error", None)) for part in parts_of(MESSAGES)]
    assert kinds == [
        ("text", None, None),
        ("thinking", None, None),
        ("tool", "a\nb", True),
        ("tool", None, False),
        ("text", None, None),
    ]


def test_markdown_contains_every_part() -> None:
    text = as_markdown(SESSION, parts_of(MESSAGES))
    for part in ("# Title", "## You", "Do it", "> hm", "**Tool** `Bash: ls` *(failed)*", "```\na\nb\n```", "**Done**"):
        assert part in text


def test_html_contains_every_part_and_its_style() -> None:
    page = as_html(SESSION, parts_of(MESSAGES))
    for part in ("<title>Title</title>", "Do it", "Bash: ls", "a\nb", "<strong>Done</strong>", "--accent:"):
        assert part in page


@given(text=st.text(alphabet="`~ \nab", max_size=60))
def test_no_text_closes_its_own_fence(text: str) -> None:
    lines = fence(text).split("\n")
    assert lines[0] == lines[-1]
    assert not any(line.strip().startswith(lines[0]) for line in lines[1:-1])


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        "![x](http://evil/p.png)",
        '[x](http://a"onmouseover="alert(1))',
        "`<b>`",
        "<http://a\"onclick='x'>",
        "[x]: javascript:alert(1)\n\n[x]",
        "|a|\n|-|\n|<script>|",
    ],
)
def test_html_in_markdown_is_escaped(text: str) -> None:
    for tag, attributes in Elements(str(markup_of(text))).found:
        assert tag in {"p", "a", "code", "table", "thead", "tbody", "tr", "th", "td"}
        assert set(attributes) <= {"href", "rel"}
        assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:", "vbscript:"))


@given(text=st.text(max_size=200))
def test_any_markdown_can_be_rendered(text: str) -> None:
    assert "<script" not in markup_of(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 中文 🎉 👩‍👧", "plain ä 中文 🎉 👩‍👧"),
        ("a\u202eb", "a<U+202E>b"),
        ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("a\rb\r\nc\td", "a<U+000D>b\nc\td"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\u2066iso\u2069", "<U+2066>iso<U+2069>"),
        ("\x9b31m", "<U+009B>31m"),
        ("half \ud83d", "half <U+D83D>"),
        ("tag\U000e0041", "tag<U+E0041>"),
    ],
)
def test_control_and_hidden_characters_are_named(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_colours_of_tool_output_are_removed() -> None:
    assert uncoloured("\x1b[1;31mred\x1b[0m\x1b]0;x") == "red\x1b]0;x"


def permission() -> Request:
    return Request(id="r", kind="permission", tool_name="Bash", input={}, title="t")


@pytest.mark.parametrize(
    ("form", "decision", "remember", "message"),
    [
        ({"decision": "allow"}, "allow", False, None),
        ({"decision": "always"}, "allow", True, None),
        ({"decision": "deny", "message": " no "}, "deny", False, "no"),
        ({}, "deny", False, None),
        ({"decision": "ALLOW"}, "deny", False, None),
    ],
)
def test_only_allow_and_always_allow(form: dict[str, str], decision: str, remember: bool, message: str | None) -> None:
    answer = answer_of(permission(), MultiDict(form))
    assert (answer.decision, answer.remember, answer.message) == (decision, remember, message)


def test_questions_are_answered_with_labels_or_free_text() -> None:
    questions = tuple(
        Question(question=text, multi_select=True) for text in ("One?", "Several?", "Own?", "Both?", "None?")
    )
    request = Request(id="r", kind="question", tool_name="AskUserQuestion", input={}, title="t", questions=questions)
    several = [("q1", "A"), ("q1", "B"), ("q3", "A"), ("q3", "B"), ("q3-other", "C")]
    form = MultiDict([("decision", "allow"), ("q0", "A"), ("q2-other", " mine "), *several])
    answers = answer_of(request, form).answers
    assert answers == {"One?": "A", "Several?": ["A", "B"], "Own?": "mine", "Both?": ["A", "B", "C"], "None?": ""}
