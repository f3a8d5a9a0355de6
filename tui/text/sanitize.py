"""Makes hostile text harmless and visible: what would act on a terminal, or hide from a reader, is shown by name."""

import re

from textual.content import Content, Span
from textual.style import Style

from api.schema.patterns import CONTROL, HIDDEN, JOINER

MARK_STYLE = "$text-warning on $warning-muted"
TAB = 4

_MARKED = re.compile(f"[{CONTROL}{HIDDEN}]|{JOINER}")
_ACTING = re.compile(f"[{CONTROL}{HIDDEN}\t\n]")


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


def safe_content(text: str, style: str | Style = "") -> Content:
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


def without_control_characters(text: str) -> str:
    """The text without any character that could act on a terminal; the last line of defence, nothing is marked."""
    return _ACTING.sub("", text) if _ACTING.search(text) else text


def hidden_count(text: str) -> int:
    """How many characters of the text would act or hide."""
    return len(_MARKED.findall(text.replace("\r\n", "\n")))
