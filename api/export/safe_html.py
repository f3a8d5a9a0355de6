"""Markdown as HTML that is safe to show: no markup of its own, no script, nothing fetched from elsewhere."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from api.schema.patterns import CONTROL, HIDDEN, JOINER


class _Renderer(RendererHTML):
    """Renders links without a referrer, and images as links: loading one would tell its host who reads this."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        """The image's text, leading to it."""
        address = str(tokens[idx].attrs.get("src", ""))
        link = Markup('<a href="{}" rel="noreferrer noopener">{}</a>')
        return str(link.format(address, tokens[idx].content or address))

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a link."""
        tokens[idx].attrSet("rel", "noreferrer noopener")
        return self.renderToken(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a cell; its alignment is a class, since no page of ours lets an element bring its own style."""
        style = str(tokens[idx].attrs.pop("style", ""))
        if style:
            tokens[idx].attrSet("class", style.removeprefix("text-align:"))
        return self.renderToken(tokens, idx, options, env)

    th_open = td_open


_reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 100}, renderer_cls=_Renderer)
_reader.enable(["table", "strikethrough"])


def line_of(text: str) -> Markup:
    """One line of Markdown as HTML, without a paragraph around it."""
    return Markup(_reader.renderInline(visible(text)))  # noqa: S704 - the reader escapes everything


def markup_of(text: str) -> Markup:
    """The Markdown as HTML; a text that defeats the parser is shown as it is."""
    text = visible(text)
    try:
        return Markup(_reader.render(text))  # noqa: S704 - the reader escapes everything
    except (RecursionError, ValueError):
        return Markup("<pre>{}</pre>").format(escape(text))


_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""Whatever a font of the reader's machine makes of them."""
_NAMED = re.compile(f"[{CONTROL}{HIDDEN}{_PRIVATE}]|{JOINER}")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def visible(text: str) -> str:
    """The text with control, direction and hidden characters named, such as `<U+202E>`."""
    return _NAMED.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


def uncoloured(text: str) -> str:
    """What a tool printed, without its colours, which mean nothing here."""
    return _COLOURS.sub("", text)
