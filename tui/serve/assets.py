"""Reads the page's files once; a hash of all of them is part of their path, so that browsers can cache them forever."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from tui.serve.bundle import bundle_scripts

FOLDER = Path(__file__).resolve().parents[1] / "page"
STYLES = ("vendor/xterm/xterm.css", "css/page.css", "css/dock.css")
"""Bundled in this order: later rules override earlier ones."""
GZIPPED = frozenset({".js", ".mjs", ".css", ".svg", ".txt"})
MIME_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    body: bytes
    gzipped: bytes | None
    """The compressed body; None for types that are compressed already."""
    mime_type: str


class Assets:
    """Every file in the page's static folder and the bundles, by path."""

    def __init__(self, folder: Path = FOLDER / "static") -> None:
        self._assets = {
            str(path.relative_to(folder)): _asset(path.name, path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for name, text in {**bundle_scripts(self._text), "bundle/page.css": self._styles()}.items():
            self._assets[name] = _asset(name, text.encode())
        digest = hashlib.sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + b"\0" + asset.body)
        self.version = digest.hexdigest()[:12]

    def get(self, path: str) -> Asset | None:
        """The file at this path, or None; folders are not listed."""
        return self._assets.get(path)

    def _text(self, path: str) -> str:
        return self._assets[path].body.decode()

    def _styles(self) -> str:
        return "\n".join(self._text(path) for path in STYLES)


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    mime_type = MIME_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    gzipped = gzip.compress(body, mtime=0) if suffix in GZIPPED else None
    return Asset(body, gzipped, mime_type)
