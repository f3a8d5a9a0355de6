"""Pasted text is never taken for keys, whatever it contains and in whatever pieces it arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.textual_patches import PASTE_END, PASTE_START, PasteCleaner, apply_patches

HOSTILE = "red \x1b[31m\r!rm -rf ~\r\x1b\x1b[A\x1b[20 end"
SHOWN = HOSTILE.replace("\x1b", "␛")


@pytest.mark.parametrize("size", range(1, 12))
def test_escape_sequences_in_a_paste_are_not_keys(size: int) -> None:
    apply_patches()
    apply_patches()
    parser = XTermParser()
    given = f"a{PASTE_START}{HOSTILE}{PASTE_END}b{PASTE_START}two{PASTE_END}"
    pieces = [given[at : at + size] for at in range(0, len(given), size)]
    tokens = [token for piece in pieces for token in parser.feed(piece)]
    keys = [token.key for token in tokens if isinstance(token, events.Key)]
    pastes = [token.text for token in tokens if isinstance(token, events.Paste)]
    keys += [token.key for token in parser.tick() if isinstance(token, events.Key)]
    assert keys == ["a", "b"]
    assert pastes[0] == SHOWN


@given(st.lists(st.text(alphabet="ab\x1b[201~\r", max_size=12)))
def test_input_outside_of_pastes_is_passed_on_unchanged_at_once(pieces: list[str]) -> None:
    cleaner = PasteCleaner()
    for piece in pieces:
        if PASTE_START in "".join(pieces):
            return
        assert cleaner.clean(piece) == piece


@given(st.text(alphabet="ab\x1b[201~\r"), st.integers(1, 7))
def test_a_paste_keeps_its_text(text: str, size: int) -> None:
    text = text.replace(PASTE_END, "")
    given_text = f"{PASTE_START}{text}{PASTE_END}"
    cleaner = PasteCleaner()
    found = "".join(cleaner.clean(given_text[at : at + size]) for at in range(0, len(given_text), size))
    if not f"{text}{PASTE_END}".startswith(PASTE_END) and f"{text}{PASTE_END}".find(PASTE_END) == len(text):
        assert found == f"{PASTE_START}{text.replace(chr(27), '␛')}{PASTE_END}"
