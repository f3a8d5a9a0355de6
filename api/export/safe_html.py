"""Turns Markdown and plain text into HTML that is safe to show: without the markup of the text, loading nothing."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from api.schema.patterns import CONTROL, HIDDEN, JOINER

_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""Private-use characters: a font may show them as anything."""
_NAMED = re.compile(f"[{CONTROL}{HIDDEN}{_PRIVATE}]|{JOINER}")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def visible(text: str) -> str:
    """The text with the names of control, direction and hidden characters in their places, such as `<U+202E>`."""
    return _NAMED.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


def uncoloured(text: str) -> str:
    """The output of a tool without ANSI colours."""
    return _COLOURS.sub("", text)


def line_of(text: str) -> Markup:
    """One line of Markdown as HTML, without a paragraph around it."""
    return Markup(_markdown.renderInline(visible(text)))  # noqa: S704 - the renderer escapes everything


def markup_of(text: str) -> Markup:
    """Markdown as HTML; as preformatted text if the parser fails."""
    text = visible(text)
    try:
        return Markup(_markdown.render(text))  # noqa: S704 - the renderer escapes everything
    except (RecursionError, ValueError):
        return Markup("<pre>{}</pre>").format(escape(text))


class _Renderer(RendererHTML):
    """Renders links without a referrer, and images as links: loading one would tell its host who reads the page."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        """The image's text as a link to it."""
        address = str(tokens[idx].attrs.get("src", ""))
        link = Markup('<a href="{}" rel="noreferrer noopener">{}</a>')
        return str(link.format(address, tokens[idx].content or address))

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a link."""
        tokens[idx].attrSet("rel", "noreferrer noopener")
        return self.renderToken(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a cell, with its alignment as a class: the pages' policy forbids inline styles."""
        style = str(tokens[idx].attrs.pop("style", ""))
        if style:
            tokens[idx].attrSet("class", style.removeprefix("text-align:"))
        return self.renderToken(tokens, idx, options, env)

    th_open = td_open


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 100}, renderer_cls=_Renderer)
_markdown.enable(["table", "strikethrough"])
