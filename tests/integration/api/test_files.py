"""`/files` over HTTP."""

import asyncio
import os
from pathlib import Path

import httpx2
import pytest

from tests.support.api import Api, api_client, running_api
from tests.support.demo import Demo
from tests.support.waiting import until

MIB = 1024 * 1024


async def test_a_file_is_uploaded_listed_downloaded_replaced_and_deleted(api: Api) -> None:
    url = "/files/put/deep/ä b.txt"
    first = await api.client.put(url, content=b"one")
    assert (first.status_code, first.json()) == (201, {"path": "put/deep/ä b.txt", "size": 3})
    second = await api.client.put(url, content=b"other")
    assert (second.status_code, second.json()["size"]) == (200, 5)
    listing = (await api.client.get("/files/put/deep/")).json()
    (entry,) = listing["entries"]
    assert (listing["path"], entry["name"], entry["type"], entry["size"]) == ("put/deep", "ä b.txt", "file", 5)
    assert entry["modifiedAt"].endswith("Z")
    fetched = await api.client.get(f"/files/put/deep/{entry['href']}")
    assert (fetched.content, fetched.headers["Content-Type"]) == (b"other", "text/plain; charset=utf-8")
    assert (await api.client.delete(url)).status_code == 204
    assert (await api.client.delete("/files/put/deep")).status_code == 204
    assert (await api.client.get(url)).json()["code"] == "not_found"


async def test_the_workspace_itself_can_only_be_listed(api: Api) -> None:
    (api.workspace / "folder").mkdir(exist_ok=True)
    for url in ("/files", "/files/"):
        listing = (await api.client.get(url)).json()
        assert {"name": "folder", "type": "folder", "href": "folder/"}.items() <= listing["entries"][0].items()
    assert (await api.client.delete("/files/")).status_code in (404, 405, 409)
    assert (await api.client.put("/files/", content=b"x")).status_code in (404, 405, 409)
    assert (await api.client.put("/files/folder", content=b"x")).status_code == 409
    assert (await api.client.get("/files/folder")).json()["path"] == "folder"


@pytest.mark.parametrize(
    ("asked", "status", "content", "header"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-500", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ],
)
async def test_a_part_of_a_file(api: Api, asked: str, status: int, content: bytes | None, header: str | None) -> None:
    (api.workspace / "digits").write_text("0123456789")
    answer = await api.client.get("/files/digits", headers={"Range": asked})
    assert answer.status_code == status
    assert answer.headers.get("Content-Range") == header
    if content is not None:
        assert answer.content == content
        assert answer.headers["Content-Length"] == str(len(content))


async def test_a_file_that_the_caller_has_is_not_sent_again(api: Api) -> None:
    (api.workspace / "known").write_text("0123456789")
    first = await api.client.get("/files/known")
    tag = first.headers["ETag"]
    assert (await api.client.get("/files/known", headers={"If-None-Match": tag})).status_code == 304
    part = {"Range": "bytes=0-1"}
    assert (await api.client.get("/files/known", headers={"If-Range": tag, **part})).status_code == 206
    (api.workspace / "known").write_text("changed, and longer")
    assert (await api.client.get("/files/known", headers={"If-Range": tag, **part})).status_code == 200
    assert (await api.client.get("/files/known", headers={"If-None-Match": tag})).status_code == 200


async def test_head_tells_the_size_and_sends_nothing(api: Api) -> None:
    (api.workspace / "headed").write_text("0123456789")
    answer = await api.client.head("/files/headed")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "10", b"")


@pytest.mark.parametrize(
    "name", ["evil.html", "evil.svg", "evil.js", "evil.xhtml", "evil.mjs", "evil", "evil.css", "evil.pdf"]
)
async def test_files_cannot_run_in_the_browser(api: Api, name: str) -> None:
    (api.workspace / name).write_text("<script>alert(1)</script>")
    answer = await api.client.get(f"/files/{name}")
    kind = answer.headers["Content-Type"]
    assert kind in ("text/plain; charset=utf-8", "application/octet-stream", "application/pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


async def test_a_file_name_cannot_add_headers(api: Api) -> None:
    (api.workspace / 'a"\r\nSet-Cookie: x=1').write_text("x")
    answer = await api.client.get("/files/a%22%0d%0aSet-Cookie:%20x=1")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/files/../../etc/passwd", "/files/%2e%2e/%2e%2e/etc/passwd", "/files/..%2f..%2fetc/passwd", "/files//etc/passwd"],
)
async def test_paths_outside_the_workspace_are_refused(api: Api, path: str) -> None:
    answer = await api.client.send(api.client.build_request("GET", str(api.client.base_url).rstrip("/") + path))
    assert answer.status_code in (403, 404)
    assert b"root:" not in answer.content


async def test_links_do_not_lead_out_of_the_workspace(api: Api) -> None:
    for name, target in {"l1": "/etc", "l2": "/etc/passwd", "l3": "../data", "l4": "/proc/self/environ"}.items():
        (api.workspace / name).symlink_to(target)
    for url in (
        "/files/l1/passwd",
        "/files/l2",
        "/files/l3/",
        "/files/l3/agent/sessions.db",
        "/files/l4",
        "/files/l1/",
    ):
        answer = await api.client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_workspace")
        assert str(api.folder) not in answer.text
    listing = (await api.client.get("/files/")).json()
    assert {entry["type"] for entry in listing["entries"] if entry["name"] in ("l1", "l2", "l3", "l4")} == {"link"}
    assert (await api.client.put("/files/l1/planted", content=b"x")).status_code == 403
    for name in ("l1", "l2", "l3", "l4"):
        assert (await api.client.delete(f"/files/{name}")).status_code == 204
    assert Path("/etc/passwd").exists()


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(demo: Demo) -> None:
    async with running_api(demo, MAX_UPLOAD_MB="1", WARM_WORKERS="0") as api:
        fits = await api.client.put("/files/fits", content=b"x" * MIB)
        assert fits.status_code == 201
        declared = await api.client.put("/files/declared", content=b"x" * (MIB + 1))
        assert (declared.status_code, declared.json()["error"]) == (413, "File too large. Maximum 1 MiB")

        async def endless() -> object:
            for _ in range(40):
                yield b"x" * 65_536

        streamed = await api.client.put("/files/streamed", content=endless())  # type: ignore[arg-type]
        assert streamed.status_code == 413
        assert [path.name for path in api.workspace.iterdir()] == ["fits"]


async def test_a_large_file_does_not_fill_memory(demo: Demo) -> None:
    size = 48 * MIB

    async def parts() -> object:
        for _ in range(size // MIB):
            yield b"y" * MIB

    async with running_api(demo, WARM_WORKERS="0") as api:
        before = resident(api.pid)
        put = await api.client.put("/files/large", content=parts())  # type: ignore[arg-type]
        assert put.json()["size"] == size
        received = 0
        async with api.client.stream("GET", "/files/large") as answer:
            async for part in answer.aiter_bytes():
                received += len(part)
        assert received == size
        assert resident(api.pid) - before < 24 * MIB


async def test_an_aborted_upload_leaves_nothing(api: Api) -> None:
    (api.workspace / "broken").write_text("before")
    reader, writer = await asyncio.open_unix_connection(str(api.socket))
    writer.write(b"PUT /files/broken HTTP/1.1\r\nHost: api\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 10_000)
    await writer.drain()
    await until(lambda: list(api.workspace.glob(".upload-*")))
    writer.close()
    await until(lambda: not list(api.workspace.glob(".upload-*")))
    assert (api.workspace / "broken").read_text() == "before"
    await reader.read()


async def test_of_parallel_uploads_one_is_complete(api: Api) -> None:
    bodies = [bytes([letter]) * 300_000 for letter in b"abcdefgh"]
    answers = await asyncio.gather(*(api.client.put("/files/raced", content=body) for body in bodies))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert (api.workspace / "raced").read_bytes() in bodies


async def test_each_person_has_their_own_folder(demo: Demo) -> None:
    async with (
        running_api(demo, WORKSPACE="per-user", WARM_WORKERS="0") as api,
        api_client(api.socket, "ada@example.com") as ada,
        api_client(api.socket, "../bob") as bob,
    ):
        assert (await ada.put("/files/mine", content=b"ada's")).status_code == 201
        assert (await bob.get("/files/mine")).status_code == 404
        assert (await bob.get("/files/")).json()["entries"] == []
        assert (await bob.get("/files/%2e%2e/ada@example.com/mine")).status_code == 403
        assert (api.workspace / "ada@example.com" / "mine").read_text() == "ada's"
        assert sorted(path.name for path in api.workspace.iterdir()) == ["%2E.%2Fbob", "ada@example.com"]
        assert sorted(path.name for path in api.folder.iterdir()) == ["data", "home", "log", "run", "workspace"]
        assert (api.workspace / "ada@example.com").stat().st_mode & 0o7777 == 0o2770


async def test_an_unreadable_file_is_reported(api: Api) -> None:
    if os.geteuid() == 0:
        os.mkfifo(api.workspace / "pipe")
        answer = await api.client.get("/files/pipe")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_file")
    else:
        (api.workspace / "locked").touch(mode=0o000)
        answer = await api.client.get("/files/locked")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def resident(pid: int) -> int:
    """The memory of the process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_slow_readers_do_not_delay_others(api: Api) -> None:
    (api.workspace / "bulk").write_bytes(b"z" * 20 * MIB)
    async with api.client.stream("GET", "/files/bulk") as stalled:
        assert stalled.status_code == 200
        async with api.client_for() as other:
            answer = await other.get("/files/bulk", headers={"Range": "bytes=0-0"})
            assert answer.content == b"z"
    assert isinstance(stalled, httpx2.Response)
