"""Makes hostile text harmless: characters that control the terminal or hide from the reader are shown by name."""

import re

from textual.content import Content, Span
from textual.style import Style

from api.schema.patterns import CONTROL, HIDDEN, JOINER

MARK_STYLE = "$text-warning on $warning-muted"
TAB = 4

_MARKED = re.compile(f"[{CONTROL}{HIDDEN}]|{JOINER}")
_CONTROL = re.compile(f"[{CONTROL}{HIDDEN}\t\n]")


def visible_name(character: str) -> str:
    """The visible name of a character: `␛` for ESC and other control codes, `⟨U+202E⟩` for the rest."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """The text with names in place of control, bidi and hidden characters; newlines and tabs stay."""
    return _MARKED.sub(lambda match: visible_name(match[0]), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text as one line: as `visible`, with `⏎` for newlines and spaces for tabs."""
    return visible(text.strip()).replace("\n", " ⏎ ").replace("\t", " ")


def safe_content(text: str, style: str | Style = "") -> Content:
    """The text as content without markup, with highlighted names as in `visible` and expanded tabs."""
    text = text.replace("\r\n", "\n").expandtabs(TAB)
    spans: list[Span] = []
    parts: list[str] = []
    at = length = 0
    for match in _MARKED.finditer(text):
        name = visible_name(match[0])
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


def without_control_characters(text: str) -> str:
    """The text without control, bidi and hidden characters."""
    return _CONTROL.sub("", text) if _CONTROL.search(text) else text


def hidden_count(text: str) -> int:
    """The number of characters that `visible` replaces by names."""
    return len(_MARKED.findall(text.replace("\r\n", "\n")))
