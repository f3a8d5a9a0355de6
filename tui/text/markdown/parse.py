"""Markdown source to blocks, by markdown-it (CommonMark, tables, strikethrough, bare links; HTML stays text)."""

from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from tui.text.markdown.blocks import Block, Code, Heading, List, Paragraph, Quote, Rule
from tui.text.markdown.inline import inline
from tui.text.markdown.table import Align, Table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_DEEPEST = 24
"""Deeper nesting is shown as its source; nobody can read it, and recursion has an end."""


@lru_cache(maxsize=1)
def parser() -> "MarkdownIt":
    """The one parser; importing it waits for the first answer."""
    from markdown_it import MarkdownIt

    return MarkdownIt("gfm-like", {"html": False, "maxNesting": _DEEPEST})


def parse(source: str) -> list[Block]:
    """The blocks of a whole text."""
    return [block for _, block in parse_with_lines(source)]


def parse_with_lines(source: str) -> list[tuple[int, Block]]:
    """The blocks, each with the line on which it starts."""
    from markdown_it.tree import SyntaxTreeNode

    root = SyntaxTreeNode(parser().parse(source))
    return [(node.map[0] if node.map else 0, _block(node, 0)) for node in root.children]


def _block(node: "SyntaxTreeNode", depth: int) -> Block:
    match node.type:
        case "heading":
            return Heading(int(node.tag[1:]), _text(node))
        case "fence" | "code_block":
            language = node.info.split()[0] if node.info.strip() else ""
            return Code(language, node.content.removesuffix("\n"))
        case "hr":
            return Rule()
        case "blockquote":
            return Quote(_children(node, depth))
        case "bullet_list" | "ordered_list":
            return _list(node, depth)
        case "table":
            return _table(node)
        case _:
            return Paragraph(_text(node))


def _children(node: "SyntaxTreeNode", depth: int) -> tuple[Block, ...]:
    return tuple(_block(child, depth) for child in node.children)


def _list(node: "SyntaxTreeNode", depth: int) -> List:
    paragraphs = [child for item in node.children for child in item.children if child.type == "paragraph"]
    return List(
        tuple(_children(item, depth + 1) for item in node.children),
        start=int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None,
        tight=all(child.hidden for child in paragraphs),
        depth=depth,
    )


def _table(node: "SyntaxTreeNode") -> Table:
    rows = [row for part in node.children for row in part.children]
    header, *body = [tuple(_text(cell) for cell in row.children) for row in rows]
    return Table(header, tuple(body), tuple(_align(cell) for cell in rows[0].children))


def _align(cell: "SyntaxTreeNode") -> Align:
    style = str(cell.attrs.get("style", ""))
    return "right" if "right" in style else "center" if "center" in style else "left"


def _text(node: "SyntaxTreeNode") -> Content:
    for child in node.children:
        if child.type == "inline" and child.token is not None:
            return inline(child.token.children or ())
    return Content(node.content if not node.children else "")
