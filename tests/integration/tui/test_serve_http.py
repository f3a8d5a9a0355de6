"""The page, its files and its downloads over HTTP."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from quart import Quart

from tests.support.network import NO_TLS
from tests.support.tab_client import connect_tab
from tests.support.tui_gateway import USER


@pytest.fixture
async def http(small_serve: Quart, socket_folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.AsyncHTTPTransport(uds=str(socket_folder / "tui.sock"), verify=NO_TLS)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://tui", headers={"X-Forwarded-User": USER}
    ) as client:
        yield client


async def test_the_page_and_its_files_are_served(http: httpx2.AsyncClient) -> None:
    page = await http.get("/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script" not in policy, "scripts fall under default-src: ours, and none inline"
    assert page.headers["Cache-Control"] == "no-store"
    paths = set(re.findall(r'(?:href|src)="(/static/[^"]+|/manifest[^"]+)"', page.text))
    assert len(paths) >= 9
    for path in paths:
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content, path


async def test_files_are_cached_forever_and_gzipped(http: httpx2.AsyncClient) -> None:
    path = re.findall(r'"(/static/[^"]+bundle/main\.js)"', (await http.get("/")).text)[0]
    async with http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        gzipped = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    assert len(gzipped) < len(plain.content) / 3
    assert gzip.decompress(gzipped) == plain.content
    stale = await http.get(path.replace(path.split("/")[2], "0123456789ab"))
    assert stale.headers["Cache-Control"] == "no-store", "a path with another version must not be cached"


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/x/", "/static/x/js", "/static/x/../index.html", "/static/x/%2e%2e/index.html", "/ws/"],
)
async def test_nothing_else_is_served(http: httpx2.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code in (400, 404)


async def test_the_manifest_and_icons_are_served(http: httpx2.AsyncClient) -> None:
    manifest = (await http.get("/manifest.webmanifest")).json()
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert (await http.get(icon["src"])).status_code == 200
    assert (await http.get("/favicon.ico")).content[:4] == b"\0\0\1\0"


async def test_health_reports_that_apps_start(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})


async def test_only_the_owner_downloads_a_file_and_only_once(http: httpx2.AsyncClient, socket_folder: Path) -> None:
    async with connect_tab(socket_folder / "tui.sock") as tab:
        await tab.pid()
        await tab.submit("file 300000")
        key = await tab.wait_for_message("deliver_file_start")
        stolen = await http.get(f"/download/{key}", headers={"X-Forwarded-User": "bob@example.com"})
        assert stolen.status_code == 404
        file = await http.get(f"/download/{key}")
        assert (file.status_code, file.content) == (200, b"x" * 300_000)
        assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''report%20%22%C3%A9%22.txt"
        assert file.headers["Content-Security-Policy"].startswith("sandbox")
        assert (await http.get(f"/download/{key}")).status_code == 404
        assert (await http.get("/download/nonsense")).status_code == 404


async def test_a_download_breaks_off_when_its_app_ends(http: httpx2.AsyncClient, socket_folder: Path) -> None:
    async with connect_tab(socket_folder / "tui.sock") as tab:
        await tab.pid()
        await tab.submit("file 50000000")
        key = await tab.wait_for_message("deliver_file_start")

        async def read_until_it_breaks() -> None:
            async with http.stream("GET", f"/download/{key}") as answer:
                chunks = answer.aiter_raw()
                await anext(chunks)
                await tab.submit("quit")
                async for _ in chunks:
                    pass

        with pytest.raises(httpx2.HTTPError):
            await read_until_it_breaks()
