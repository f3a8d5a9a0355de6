"""Makes hostile text harmless and visible: what would act on a terminal, or hide from a reader, is shown by name."""

import re

from textual.content import Content, Span
from textual.style import Style

MARK_STYLE = "$text-warning on $warning-muted"
TAB = 4

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Bidi controls, zero-width and filler characters, tags, separators, lone surrogates: the same as the api's pages."""
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
# Joiners are part of emoji and of some scripts, but have no business beside ASCII.
_JOINER = "(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|$)"
_MARKED = re.compile(f"[{_CONTROL}{HIDDEN}]|{_JOINER}")
_ACTING = re.compile(f"[{_CONTROL}{HIDDEN}\t\n]")


def mark(character: str) -> str:
    """A visible name for an invisible character: `␛` for ESC, `⟨U+202E⟩` for the others."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """The whole text with every control, bidi and hidden character replaced by its mark; newlines and tabs stay."""
    return _MARKED.sub(lambda match: mark(match[0]), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same for a title: newlines are shown as `⏎`, tabs as a space."""
    return visible(text.strip()).replace("\n", " ⏎ ").replace("\t", " ")


def safe(text: str, style: str | Style = "") -> Content:
    """The text as content that cannot be markup, its marks highlighted, tabs expanded."""
    text = text.replace("\r\n", "\n").expandtabs(TAB)
    spans: list[Span] = []
    parts: list[str] = []
    at = length = 0
    for match in _MARKED.finditer(text):
        name = mark(match[0])
        parts += [text[at : match.start()], name]
        length += match.start() - at
        spans.append(Span(length, length + len(name), MARK_STYLE))
        length += len(name)
        at = match.end()
    parts.append(text[at:])
    plain = "".join(parts)
    if style:
        spans.insert(0, Span(0, len(plain), style))
    return Content(plain, spans, strip_control_codes=False)


def without_acting(text: str) -> str:
    """The text without any character that could act on a terminal; the last line of defence, nothing is marked."""
    return _ACTING.sub("", text) if _ACTING.search(text) else text


def hidden_count(text: str) -> int:
    """How many characters of the text would act or hide."""
    return len(_MARKED.findall(text.replace("\r\n", "\n")))
