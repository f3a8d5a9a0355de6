"""Parses Markdown into blocks with markdown-it: CommonMark, tables, strikethrough, bare links. HTML stays text."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from tui.text.markdown.blocks import Block, Code, Heading, List, Paragraph, Quote, Rule
from tui.text.markdown.inline import inline
from tui.text.markdown.table import Align, Table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    Tokens = Iterator[Token]

_MAX_DEPTH = 24
"""Deeper nesting is shown as source, which limits the recursion."""


@lru_cache(maxsize=1)
def parser() -> "MarkdownIt":
    """The parser, imported on first use."""
    from markdown_it import MarkdownIt

    return MarkdownIt("gfm-like", {"html": False, "maxNesting": _MAX_DEPTH})


def parse(source: str) -> list[Block]:
    """The blocks of a text."""
    return [block for _, block in parse_with_lines(source)]


def parse_with_lines(source: str) -> list[tuple[int, Block]]:
    """The blocks, each with the line it starts on."""
    return list(_blocks(iter(parser().parse(source)), 0))


def links(source: str) -> list[tuple[str, str]]:
    """The text and address of each link, without repetitions."""
    found: dict[str, str] = {}
    address: str | None = None
    for token in (part for block in parser().parse(source) for part in block.children or ()):
        if token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            address = None if href in found else href
            found.setdefault(href, "")
        elif token.type == "link_close":
            address = None
        elif address is not None:
            found[address] += token.content
    return [(words or address, address) for address, words in found.items()]


def last_item_line(source: str) -> int | None:
    """The line that the last item starts on, if the source is a list."""
    tokens = parser().parse(source)
    items = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
    return items[-1].map[0] if items and items[-1].map else None


def _blocks(tokens: "Tokens", depth: int) -> Iterator[tuple[int, Block]]:
    """The blocks up to the end of the block that contains them."""
    for token in tokens:
        if token.nesting < 0:
            return
        yield (token.map[0] if token.map else 0), _block(token, tokens, depth)


def _block(token: "Token", tokens: "Tokens", depth: int) -> Block:
    match token.type:
        case "heading_open":
            return Heading(int(token.tag[1:]), _text(tokens))
        case "paragraph_open":
            return Paragraph(_text(tokens))
        case "fence" | "code_block":
            language = token.info.split()[0] if token.info.strip() else ""
            return Code(language, token.content.removesuffix("\n"))
        case "hr":
            return Rule()
        case "blockquote_open":
            return Quote(tuple(block for _, block in _blocks(tokens, depth)))
        case "bullet_list_open" | "ordered_list_open":
            return _list(token, tokens, depth)
        case "table_open":
            return _table(tokens)
        case _:
            return Paragraph(Content(token.content))


def _list(token: "Token", tokens: "Tokens", depth: int) -> List:
    items: list[tuple[Block, ...]] = []
    is_tight = True
    for item in tokens:
        if item.type != "list_item_open":
            break
        blocks = []
        for part in tokens:
            if part.nesting < 0:
                break
            is_tight = is_tight and (part.type != "paragraph_open" or part.hidden)
            blocks.append(_block(part, tokens, depth + 1))
        items.append(tuple(blocks))
    start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
    return List(tuple(items), start=start, tight=is_tight, depth=depth)


def _table(tokens: "Tokens") -> Table:
    rows: list[tuple[Content, ...]] = []
    aligns: list[Align] = []
    cells: list[Content] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            cells = []
        elif token.type in ("th_open", "td_open"):
            if not rows:
                aligns.append(_align(token))
            cells.append(_text(tokens))
        elif token.type == "tr_close":
            rows.append(tuple(cells))
    return Table(rows[0], tuple(rows[1:]), tuple(aligns))


def _align(cell: "Token") -> Align:
    style = str(cell.attrs.get("style", ""))
    return "right" if "right" in style else "center" if "center" in style else "left"


def _text(tokens: "Tokens") -> Content:
    """The inline content up to the end of a block."""
    content = Content("")
    for token in tokens:
        if token.nesting < 0:
            break
        content = inline(token.children or ())
    return content
