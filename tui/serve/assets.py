"""The page's files, read once, gzipped once, named by a hash of all of them so that browsers keep them for good."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from tui.serve.bundle import bundle_scripts

FOLDER = Path(__file__).resolve().parents[1] / "page"
STYLES = ("vendor/xterm/xterm.css", "css/page.css", "css/dock.css")
"""Joined in this order: the later have the last word."""
GZIPPED = frozenset({".js", ".mjs", ".css", ".svg", ".txt"})
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    gzipped: bytes | None
    """The body under gzip; None when that gains nothing."""
    mime_type: str


class Assets:
    """Every file under the page's static folder, by its path."""

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

    @property
    def paths(self) -> list[str]:
        return list(self._assets)

    def _text(self, path: str) -> str:
        return self._assets[path].body.decode()

    def _styles(self) -> str:
        return "\n".join(self._text(path) for path in STYLES)

    def get(self, path: str) -> Asset | None:
        """The file, or None; there are no folders to list."""
        return self._assets.get(path)


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    mime_type = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    gzipped = gzip.compress(body, mtime=0) if suffix in GZIPPED else None
    return Asset(body, gzipped, mime_type)
