"""The web application of serve: the page, its files, its WebSocket, downloads and health."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from urllib.parse import quote

from quart import Quart, Response, request, websocket

from runtime.background_tasks import BackgroundTasks
from tui.serve.app_pool import AppPool
from tui.serve.assets import FOLDER, Assets
from tui.serve.browser_connection import serve_browser
from tui.serve.downloads import DownloadedFile
from tui.serve.handshake import read_handshake
from tui.serve.settings import Settings
from tui.serve.tabs import Tabs

PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For requests that reach the socket without the gateway, which sets its own policy."""
CACHE_FOREVER = "public, max-age=31536000, immutable"
INLINE_TYPES = frozenset({"text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
"""Downloads that the browser may show instead of saving: none of these types can run a script on our origin."""


def create_app(settings: Settings) -> Quart:
    """The app that serves `settings.command` to browsers; its tabs are in `app.extensions["tabs"]`."""
    app = Quart(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    assets = Assets()
    page = render_page(assets, settings)
    tasks = BackgroundTasks()
    pool = AppPool(settings, tasks)
    tabs = Tabs(settings, pool, tasks)
    app.extensions["tabs"] = tabs

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(tasks)
            await stack.enter_async_context(pool)
            await stack.enter_async_context(tabs)
            yield

    @app.get("/")
    async def show_page() -> Response:
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        return Response(page, mimetype="text/html", headers=headers)

    @app.get("/static/<version>/<path:path>")
    async def static(version: str, path: str) -> Response:
        cache = CACHE_FOREVER if version == assets.version else "no-store"
        return file_response(assets, path, cache)

    @app.get("/favicon.ico")
    async def favicon() -> Response:
        return file_response(assets, "icons/favicon.ico", "public, max-age=86400")

    @app.get("/manifest.webmanifest")
    async def manifest() -> Response:
        body = (FOLDER / "manifest.webmanifest").read_text().replace("{{static}}", f"/static/{assets.version}")
        return Response(body, mimetype="application/manifest+json", headers={"Cache-Control": "no-cache"})

    @app.get("/download/<key>")
    async def download(key: str) -> Response:
        file = tabs.take_download(key, request.headers.get("X-Forwarded-User", ""))
        if file is None:
            return Response(
                "This file has already been downloaded or is no longer available.", 404, mimetype="text/plain"
            )
        return download_response(file)

    @app.get("/health")
    async def health() -> tuple[dict[str, str], int]:
        return ({"status": "healthy"}, 200) if pool.can_start else ({"status": "unhealthy"}, 503)

    @app.websocket("/ws")
    async def socket() -> Response | None:
        handshake = read_handshake(websocket.headers, websocket.args)
        if handshake is None:
            return Response("Only the page can open this WebSocket, through the gateway.", 401, mimetype="text/plain")
        await serve_browser(
            websocket._get_current_object(),  # type: ignore[attr-defined]  # tasks outlive the proxy's context
            tabs,
            handshake,
            keep_seconds=settings.reattach_seconds,
            ping_seconds=settings.ping_seconds,
        )
        return None

    @app.after_request
    async def forbid_sniffing(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def render_page(assets: Assets, settings: Settings) -> str:
    """The page's HTML, with the paths of this version's files."""
    values = {
        "static": f"/static/{assets.version}",
        "max_upload_mb": str(settings.max_upload_mb),
    }
    page = (FOLDER / "index.html").read_text()
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", value)
    return page


def file_response(assets: Assets, path: str, cache: str) -> Response:
    """A file of the page, gzipped if the browser accepts that."""
    asset = assets.get(path)
    if asset is None:
        return Response("There is no such file.", 404, mimetype="text/plain")
    gzipped = asset.gzipped if request.accept_encodings.best_match(["gzip"]) else None
    response = Response(gzipped or asset.body, mimetype=asset.mime_type)
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = "Accept-Encoding"
    if gzipped:
        response.headers["Content-Encoding"] = "gzip"
    if path == "js/worker.js":
        response.headers["Service-Worker-Allowed"] = "/"
    return response


def download_response(file: DownloadedFile) -> Response:
    """A file that an app offers, as an attachment unless the browser may show it."""
    is_inline = file.opens_in_browser and file.mime_type in INLINE_TYPES
    response = Response(file.content, mimetype=file.mime_type)
    response.timeout = None
    response.headers["Content-Disposition"] = (
        f"{'inline' if is_inline else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
