"""Stand-ins for the services behind the gateway, which echo what they receive, and for Resend's API.

Run as `python -m tests.support.echo_upstreams` with RUN_DIR, MAIL_PORT and MAIL_FILE; each mail is a line of MAIL_FILE.
"""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request, websocket

MAIL_FAILURES: dict[str, tuple[int, dict[str, str], str]] = {
    "refused": (401, {}, '{"statusCode":401,"name":"invalid_api_key","message":"re_secret is wrong at /srv/app"}'),
    "limited": (429, {"Retry-After": "7"}, '{"statusCode":429,"name":"rate_limit_exceeded","message":"slow"}'),
    "invalid": (422, {}, '{"statusCode":422,"name":"validation_error","message":"bad from"}'),
    "broken": (500, {}, '{"statusCode":500,"name":"internal_server_error","message":"Traceback"}'),
    "html": (503, {"Content-Type": "text/html"}, "<h1>Bad gateway</h1>"),
    "empty": (200, {}, ""),
    "list": (200, {}, "[1]"),
    "garbage": (200, {}, "{"),
    "noid": (200, {}, "{}"),
    "redirect": (302, {"Location": "http://127.0.0.1:1/"}, '{"id":"x"}'),
    "huge": (200, {}, '{"id":"' + "x" * 200_000 + '"}'),
}
"""Resend's responses to mails for `fail-NAME@…`."""


def echo_app(name: str) -> Quart:
    """A service that responds with the request it received."""
    app = Quart(name, static_folder=None)
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = None
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    streaming: Counter[str] = Counter()

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "healthy", "hasToken": True, "sdkLoaded": True, "demo": True, "secret": "inside"}

    @app.get("/sessions/<id>/requests")
    async def listeners(id: str) -> dict[str, int]:  # noqa: A002
        return {"listeners": streaming[id]}

    @app.get("/sessions/<id>/events")
    async def events(id: str) -> Response:  # noqa: A002
        count, gap = int(request.args.get("n", "3")), float(request.args.get("gap", "0"))

        async def ticks() -> AsyncIterator[str]:
            streaming[id] += 1
            try:
                for number in range(count):
                    yield f"id: {number}\ndata: {id}\n\n"
                    await asyncio.sleep(gap)
            finally:
                streaming[id] -= 1

        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        response = Response(ticks(), content_type="text/event-stream", headers=headers)
        response.timeout = None
        return response

    @app.get("/sessions/<id>/export")
    async def export(id: str) -> Response:  # noqa: A002
        headers = {
            "Set-Cookie": "sid=planted",
            "Server": "inner",
            "X-Inner": "secret",
            "Access-Control-Allow-Origin": "*",
            "Location": "https://evil.example/",
            "Content-Disposition": f"attachment; filename={id}.md",
            "Content-Security-Policy": "default-src *",
            "Cache-Control": "public",
        }
        return Response("text", headers=headers)

    @app.websocket("/ws")
    async def socket() -> None:
        await websocket.send(json.dumps({name.lower(): value for name, value in websocket.headers.items()}))
        while True:
            message = await websocket.receive()
            if message == "please close":
                await websocket.close(4321)
                return
            await websocket.send(message)

    @app.route("/", methods=every, defaults={"_": ""})
    @app.route("/<path:_>", methods=every)
    async def echo(_: str) -> Response:
        length = 0
        async for chunk in request.body:
            length += len(chunk)
        seen = {
            "upstream": name,
            "method": request.method,
            "target": (request.scope["raw_path"] + b"?" + request.query_string).decode().removesuffix("?"),
            "headers": [[key.lower(), value] for key, value in request.headers.items() if key != "Remote-Addr"],
            "length": length,
        }
        kind = "text/html" if request.path == "/" else "application/json"
        return Response(json.dumps(seen), content_type=kind)

    return app


def mail_app(file: Path) -> Quart:
    """Resend's `POST /emails`."""
    app = Quart("mail", static_folder=None)

    @app.post("/emails")
    async def send() -> Response:
        mail = await request.get_json()
        (to,) = mail["to"]
        failure = MAIL_FAILURES.get(to.partition("@")[0].removeprefix("fail-"))
        if failure is not None:
            status, headers, body = failure
            return Response(body, status, {"Content-Type": "application/json", **headers})
        if to.startswith("fail-hang"):
            await asyncio.sleep(60)
        mail["key"] = request.headers.get("Idempotency-Key")
        mail["authorization"] = request.headers.get("Authorization")
        with file.open("a") as lines:
            lines.write(json.dumps(mail) + "\n")
        return Response('{"id":"49a3999c"}', content_type="application/json")

    return app


async def main() -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    run_dir = Path(os.environ["RUN_DIR"])
    apps = [
        (echo_app("api"), f"unix:{run_dir}/api.sock"),
        (echo_app("tui"), f"unix:{run_dir}/tui.sock"),
        (mail_app(Path(os.environ["MAIL_FILE"])), f"127.0.0.1:{os.environ['MAIL_PORT']}"),
    ]
    async with asyncio.TaskGroup() as group:
        for app, bind in apps:
            config = Config.from_mapping(bind=[bind], errorlog=None, graceful_timeout=0.1)
            group.create_task(serve(app, config, shutdown_trigger=stop.wait))


if __name__ == "__main__":
    asyncio.run(main())
