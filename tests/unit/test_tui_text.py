"""Text is cleaned, coloured and laid out."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment

from tests.support.events import ANSWER, DIFF
from tui.control_filter import clean_segments
from tui.text.ansi import ansi_content
from tui.text.diff import lay_out, parse_diff, unified_diff
from tui.text.diff.words import changed_words
from tui.text.highlight import highlight
from tui.text.markdown import Code, Document, links, parse
from tui.text.markdown.blocks import lay_out as lay_out_blocks
from tui.text.sanitize import hidden_count, one_line, safe_content, visible

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\ud800-\udfff]")


@given(st.text())
def test_no_text_contains_control_characters(text: str) -> None:
    assert not ACTING.search(visible(text))
    assert not ACTING.search(safe_content(text).plain)
    assert "\n" not in one_line(text)
    assert not ACTING.search("".join(line.plain for line in ansi_content(text)))


@given(st.text())
def test_ordinary_text_is_unchanged(text: str) -> None:
    if not hidden_count(text) and "\r" not in text and "\t" not in text:
        assert visible(text) == text
        assert safe_content(text).plain == text


def test_hidden_characters_get_names() -> None:
    assert visible("a\x1b[31m\u202eb\u200b\x7f\ud800") == "a␛[31m⟨U+202E⟩b⟨U+200B⟩␡⟨U+D800⟩"
    assert visible("👨\u200d👩 क्\u200dष") == "👨\u200d👩 क्\u200dष"
    assert visible("r\u200dm") == "r⟨U+200D⟩m"


def test_markup_is_text() -> None:
    assert safe_content("[bold]x[/] [@click=app.quit]y[/]").plain == "[bold]x[/] [@click=app.quit]y[/]"


@given(st.lists(st.text()))
def test_the_control_character_filter_keeps_widths(texts: list[str]) -> None:
    segments = [Segment(text) for text in texts]
    for before, after in zip(segments, clean_segments(segments), strict=True):
        assert not ACTING.search(after.text)
        if after.text == before.text:
            assert cell_len(after.text) == cell_len(before.text)


def test_colours_of_a_program_last_until_they_are_reset() -> None:
    first, second = ansi_content("\x1b[1;31mred\nstill\x1b[0m plain\x1b[38;5;208m x \x1b[48;2;1;2;3my")
    assert first.plain == "red"
    assert second.plain == "still plain x y"
    assert len(first.spans) == 1
    assert len(second.spans) == 3


def test_other_sequences_are_visible_and_progress_lines_are_folded() -> None:
    (line,) = ansi_content("10%\r50%\r100%\x1b[2K\x1b]0;title\x07")
    assert line.plain == "↺ 100%␛[2K␛]0;title␇"


@pytest.mark.parametrize("code", ["\x1b[38;5m", "\x1b[38;2;1m", "\x1b[999m", "\x1b[;;m", "\x1b[38m"])
def test_malformed_colour_sequences_are_harmless(code: str) -> None:
    (line,) = ansi_content(f"a{code}b")
    assert line.plain == "ab"


def test_code_keeps_its_text_and_gets_colours() -> None:
    lines = highlight('def f():\n    return "x"  # y', "python")
    assert [line.plain for line in lines] == ["def f():", '    return "x"  # y']
    assert lines[0].spans
    assert not highlight("def f()", "no-such-language")[0].spans


def test_markdown_blocks_fit_the_width() -> None:
    for width in (10, 24, 40, 80, 200):
        lines = Document(ANSWER).lines(width)
        assert max(line.cell_length for line in lines) <= width
        assert "日本茶" in "".join(line.plain for line in lines).replace(" ", "") or width < 24


@pytest.mark.parametrize("seed", range(6))
def test_streamed_markdown_looks_like_the_complete_text(seed: int) -> None:
    numbered = "\n".join(f"{number}. item\n   - sub" for number in range(1, 90))
    code = "\n".join(f"x = {number}  # '''" for number in range(150))
    table = "| a | b |\n|---|--:|\n" + "\n".join(f"| {'x' * (number // 9)} | {number} |" for number in range(150))
    parts = [ANSWER, numbered, f"```python\n{code}\n```", table, "end", "\n".join(f"- {n}" for n in range(90)), table]
    text = "\n\n".join(parts)
    expected = lay_out_blocks(parse(text), 70)
    chance = random.Random(seed)
    document, at = Document(), 0
    while at < len(text):
        size = chance.randint(1, 40)
        document.append(text[at : at + size])
        at += size
        if chance.random() < 0.3:
            document.lines(70)
    document.finish()
    assert [line.plain for line in document.lines(70)] == [line.plain for line in expected]
    assert document.source == text


def test_a_long_open_block_is_split() -> None:
    document = Document("- x\n" * 500)
    document.append("- y\n")
    assert len(document._tail) < 1000
    assert document.lines(40)[-1].plain == "• y"
    table = Document("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 500)
    table.append("| wider than the rest | 4")
    assert len(table._tail) < 100
    assert len(table.lines(40)) > 500


def test_split_code_blocks_are_copied_completely() -> None:
    code = "\n".join(f"line {number}" for number in range(200))
    document = Document()
    for line in f"Text\n\n```\nfirst\n```\n\n```python\n{code}\n```\nafter".splitlines(keepends=True):
        document.append(line)
    assert document.code(0) == "first"
    assert document.code(1) == code
    assert document.code(2) is None


def test_html_and_control_characters_in_markdown_stay_text() -> None:
    (line,) = Document("a <b>x</b> \x1b[31m \u202e [l](javascript:x)").lines(200)
    assert "<b>x</b>" in line.plain
    assert "␛[31m" in line.plain
    assert "⟨U+202E⟩" in line.plain


def test_each_link_is_found_once() -> None:
    text = "[the **docs**](https://a.example/x) and https://b.example, again [docs](https://a.example/x) `[no](y)`"
    assert links(text) == [("the docs", "https://a.example/x"), ("https://b.example", "https://b.example")]


def test_deep_nesting_is_cut_off() -> None:
    assert parse("> " * 5000 + "x")
    assert parse("- " * 2000 + "x")
    assert parse("[" * 5000)


def test_a_code_block_knows_its_language() -> None:
    (block,) = parse("~~~python title=x\nx = 1\n~~~")
    assert isinstance(block, Code)
    assert (block.language, block.code) == ("python", "x = 1")


def test_a_diff_is_parsed_and_counted() -> None:
    diff = parse_diff(DIFF)
    assert (diff.path, diff.summary) == ("shop/cart.py", "+3 -2")
    assert diff.hunks[0].header == "def total(items):"
    assert diff.hunks[0].rows[0].old_number == 10


def test_a_diff_is_side_by_side_or_unified() -> None:
    diff = parse_diff(DIFF)
    wide, narrow = lay_out(diff, 120), lay_out(diff, 90)
    assert any("- " in line.plain and "│" in line.plain and "+ " in line.plain for line in wide)
    signs = [line.plain[3] for line in narrow[1:]]
    assert signs == [" ", " ", "-", "-", "+", "+", "+", " ", " "]
    assert all(line.cell_length <= 120 for line in wide)
    assert all(line.cell_length <= 90 for line in narrow)


def test_similar_lines_are_beside_each_other() -> None:
    diff = parse_diff(unified_diff("a = 1\nreturn a\n", "a = 2\n# new\nreturn a + 1\n"))
    pairs = [(row.old, row.new) for row in diff.hunks[0].rows]
    assert pairs == [("a = 1", "a = 2"), (None, "# new"), ("return a", "return a + 1")]


def test_changed_words_are_marked() -> None:
    assert changed_words("return round(x, 1)", "return round(x, 2)") == ([(16, 17)], [(16, 17)])
    assert changed_words("completely other", "12345") == ([], [])


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_have_a_diff(old: str, new: str) -> None:
    lines = lay_out(parse_diff(unified_diff(old, new, "x.py")), 120)
    assert not ACTING.search("".join(line.plain for line in lines))
