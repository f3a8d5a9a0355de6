"""Renders the gateway's pages, and keeps their assets in memory."""

import hashlib
import mimetypes
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from quart import Response

_ASSETS = Path(__file__).with_name("assets")


class PageRenderer:
    """The templates and assets of the pages."""

    def __init__(self) -> None:
        self._assets = {path.name: path.read_bytes() for path in sorted(_ASSETS.iterdir()) if path.is_file()}
        self._templates = Environment(
            loader=PackageLoader("auth.pages", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        all_assets = b"".join(self._assets.values())
        self._templates.globals["version"] = hashlib.sha256(all_assets).hexdigest()[:12]

    def render(self, page: str, status: int = 200, **values: object) -> Response:
        """The response with the page."""
        text = self._templates.get_template(f"{page}.html").render(values)
        return Response(text, status=status, content_type="text/html; charset=utf-8")

    def asset(self, name: str) -> Response | None:
        """The response with an asset, or None if no asset has this name."""
        content = self._assets.get(name)
        if content is None:
            return None
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = Response(content, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
