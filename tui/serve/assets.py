"""The page's files, read once, squeezed once, named by a hash of all of them so that browsers keep them for good."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "page"
SQUEEZED = frozenset({".js", ".mjs", ".css", ".svg", ".txt"})
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    squeezed: bytes | None
    """The body under gzip; None when that gains nothing."""
    mime_type: str


class Assets:
    """Every file under the page's static folder, by its path."""

    def __init__(self, folder: Path = FOLDER / "static") -> None:
        self._assets = {
            str(path.relative_to(folder)): _read(path) for path in sorted(folder.rglob("*")) if path.is_file()
        }
        digest = hashlib.sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + b"\0" + asset.body)
        self.version = digest.hexdigest()[:12]

    @property
    def paths(self) -> list[str]:
        return list(self._assets)

    def get(self, path: str) -> Asset | None:
        """The file, or None; there are no folders to list."""
        return self._assets.get(path)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    mime_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    squeezed = gzip.compress(body, mtime=0) if path.suffix in SQUEEZED else None
    return Asset(body, squeezed, mime_type)
