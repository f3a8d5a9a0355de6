"""Colours source code in the theme's colours. Imports pygments on first use, because that takes long."""

from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content, Span

from tui.text.sanitize import safe_content

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MAX_CHARACTERS = 200_000
"""Longer code is not coloured, because colouring takes about a second per megabyte."""

# Few colours, so that each has a meaning; all other code has the colour of text.
_STYLES = {
    "Comment": "$muted italic",
    "Keyword": "$code-keyword",
    "Name.Builtin": "$code-name",
    "Name.Function": "$code-name",
    "Name.Class": "$code-name",
    "Name.Decorator": "$code-keyword",
    "Name.Tag": "$code-keyword",
    "Name.Attribute": "$code-name",
    "Literal.Number": "$code-number",
    "Literal.String": "$code-string",
    "Operator.Word": "$code-keyword",
    "Generic.Heading": "bold",
    "Generic.Inserted": "$text-success",
    "Generic.Deleted": "$text-error",
}


def highlight(code: str, language: str) -> list[Content]:
    """The lines of the code, coloured if the language is known and the code is not too long."""
    shown = safe_content(code)
    if not language or len(code) > MAX_CHARACTERS:
        return shown.split("\n", allow_blank=True)
    spans = _spans(shown.plain, language)
    return shown.add_spans(spans).split("\n", allow_blank=True) if spans else shown.split("\n", allow_blank=True)


def language_of(path: str) -> str:
    """The language for a file name; empty if unknown."""
    from pygments.lexers import find_lexer_class_for_filename

    lexer = find_lexer_class_for_filename(path.rsplit("/", 1)[-1])  # type: ignore[no-untyped-call]  # pygments
    return lexer.aliases[0] if lexer and lexer.aliases else ""


@lru_cache(maxsize=128)
def _spans(code: str, language: str) -> list[Span]:
    lexer = _lexer(language)
    if lexer is None:
        return []
    spans = []
    at = 0
    for kind, text in lexer.get_tokens(code):  # type: ignore[no-untyped-call]  # pygments
        end = at + len(text)
        if style := _style(str(kind).removeprefix("Token.")):
            spans.append(Span(at, end, style))
        at = end
    return spans


@lru_cache(maxsize=32)
def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import find_lexer_class_by_name
    from pygments.util import ClassNotFound

    try:
        kind: type[Lexer] = find_lexer_class_by_name(language)  # type: ignore[no-untyped-call]  # pygments
    except ClassNotFound:
        return None
    return kind(stripnl=False, ensurenl=True)


@lru_cache(maxsize=512)
def _style(kind: str) -> str:
    while kind:
        if kind in _STYLES:
            return _STYLES[kind]
        kind = kind.rpartition(".")[0]
    return ""
