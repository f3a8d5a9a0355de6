"""The door's own pages and the files they use."""

import hashlib
import mimetypes
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from quart import Response
from quart.wrappers.base import BaseRequestWebsocket

_ASSETS = Path(__file__).with_name("assets")


def wants_page(request: BaseRequestWebsocket) -> bool:
    """Whether the caller is a browser that shows what it gets, rather than a program."""
    return "text/html" in request.headers.get("Accept", "").lower()


class Pages:
    """Renders pages and keeps the files they use in memory."""

    def __init__(self) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(_ASSETS.iterdir()) if path.is_file()}
        everything = b"".join(self._files.values())
        self._templates = Environment(
            loader=PackageLoader("auth.pages", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["version"] = hashlib.sha256(everything).hexdigest()[:12]

    def render(self, page: str, status: int = 200, **about: object) -> Response:
        """The page, as an answer."""
        text = self._templates.get_template(f"{page}.html").render(about)
        return Response(text, status=status, content_type="text/html; charset=utf-8")

    def asset(self, name: str) -> Response | None:
        """A file of the pages, or None."""
        content = self._files.get(name)
        if content is None:
            return None
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = Response(content, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
