"""What is pasted is text, whatever stands in it and in whatever pieces it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.paste_guard import END, START, PasteGuard, guard_pastes

HOSTILE = "red \x1b[31m\r!rm -rf ~\r\x1b\x1b[A\x1b[20 end"
SHOWN = HOSTILE.replace("\x1b", "␛")


@pytest.mark.parametrize("size", range(1, 12))
def test_nothing_in_a_paste_is_a_key(size: int) -> None:
    guard_pastes()
    guard_pastes()
    parser = XTermParser()
    given = f"a{START}{HOSTILE}{END}b{START}two{END}"
    pieces = [given[at : at + size] for at in range(0, len(given), size)]
    tokens = [token for piece in pieces for token in parser.feed(piece)]
    keys = [token.key for token in tokens if isinstance(token, events.Key)]
    pastes = [token.text for token in tokens if isinstance(token, events.Paste)]
    keys += [token.key for token in parser.tick() if isinstance(token, events.Key)]
    assert keys == ["a", "b"]
    assert pastes[0] == SHOWN


@given(st.lists(st.text(alphabet="ab\x1b[201~\r", max_size=12)))
def test_what_is_no_paste_passes_untouched_and_at_once(pieces: list[str]) -> None:
    guard = PasteGuard()
    for piece in pieces:
        if START in "".join(pieces):
            return
        assert guard.clean(piece) == piece


@given(st.text(alphabet="ab\x1b[201~\r"), st.integers(1, 7))
def test_a_paste_keeps_its_text(text: str, size: int) -> None:
    text = text.replace(END, "")
    given_text = f"{START}{text}{END}"
    guard = PasteGuard()
    found = "".join(guard.clean(given_text[at : at + size]) for at in range(0, len(given_text), size))
    if not f"{text}{END}".startswith(END) and f"{text}{END}".find(END) == len(text):
        assert found == f"{START}{text.replace(chr(27), '␛')}{END}"
