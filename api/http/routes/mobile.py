"""`/m`: sessions, conversations and open requests as plain HTML pages, for phones and screen readers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quart import Blueprint, Response, render_template, request, send_from_directory
from quart_schema import hide
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from api.cluster.leases import SessionElsewhereError
from api.errors import ApiError, InvalidPromptError
from api.export import parts_of
from api.http.error_handlers import MESSAGES
from api.http.request_parsing import caller
from api.schema import Answer, Prompt, Request, SessionInfo
from api.sessions.service import SessionService
from api.sessions.session import Session

STATIC = Path(__file__).parents[1] / "static"
FILES = ("mobile.css", "transcript.css", "mobile.js")
PARTS_PER_PAGE = 60
OTHER = "-other"
"""Ends the name of the field for an answer in the user's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSession:
    """A session that another replica runs; its requests are only on its own page."""

    id: str
    info: SessionInfo
    requests: tuple[Request, ...] = ()


def mobile_routes(sessions: SessionService, *, demo: bool) -> Blueprint:
    """The pages below `/m`. Each form answers with a redirect to the page that shows its effect."""
    pages = Blueprint("mobile", __name__, url_prefix="/m")

    @pages.get("/", endpoint="home", strict_slashes=False)
    @hide
    async def show_home() -> str:
        """The user's sessions, their open requests, and a form for a new session."""
        search = request.args.get("q", "").strip()
        found, after = await sessions.list(caller(), limit=30, cursor=request.args.get("cursor"), search=search or None)
        waiting = [await _with_requests(info) for info in found if info.pending_requests]
        return await _page("mobile/home.html", sessions=found, after=after, waiting=waiting, search=search)

    @pages.get("/sessions/<session_id>", endpoint="session")
    @hide
    async def show_session(session_id: str) -> str:
        """A session's conversation, its open requests, and a form to reply."""
        session = await sessions.find(caller(), session_id)
        seq = session.page_seq
        parts = parts_of(await session.messages_so_far())
        end = min(len(parts), max(1, request.args.get("until", len(parts), int)))
        start = max(0, end - PARTS_PER_PAGE)
        return await _page(
            "mobile/session.html",
            session=session.info,
            seq=seq,
            requests=session.requests,
            parts=parts[start:end],
            start=start,
            is_newest=end == len(parts),
        )

    @pages.post("/sessions")
    @hide
    async def start_session() -> Response:
        """Starts a session with its first prompt."""
        prompt = _prompt((await request.form).get("prompt", ""))
        session, _ = await sessions.begin(caller(), prompt)
        return _redirect_to(session.info)

    @pages.post("/sessions/<session_id>/messages")
    @hide
    async def send_prompt(session_id: str) -> Response:
        """Sends a prompt."""
        prompt = _prompt((await request.form).get("prompt", ""))
        session = await sessions.find(caller(), session_id)
        await session.prompt(prompt)
        return _redirect_to(session.info)

    @pages.post("/sessions/<session_id>/interrupt")
    @hide
    async def interrupt(session_id: str) -> Response:
        """Interrupts the running turn."""
        session = await sessions.find(caller(), session_id)
        await session.interrupt()
        return _redirect_to(session.info)

    @pages.post("/sessions/<session_id>/requests/<request_id>")
    @hide
    async def answer_request(session_id: str, request_id: str) -> Response:
        """Answers an open request. Does nothing if it is already answered: the page shows the result."""
        form = await request.form
        session = await sessions.find(caller(), session_id)
        open_request = next((found for found in session.requests if found.id == request_id), None)
        if open_request is not None:
            await session.answer(request_id, answer_of(open_request, form), by=caller())
        return _redirect_to(session.info)

    @pages.get("/static/<name>")
    @hide
    async def static(name: str) -> Response:
        """The styles and the script of the pages."""
        return await send_from_directory(STATIC, name if name in FILES else "")

    @pages.errorhandler(ApiError)
    async def show_api_error(error: ApiError) -> tuple[str, int]:
        """An error of the API as a page."""
        return await _page("mobile/failure.html", message=error.message), error.status

    @pages.errorhandler(HTTPException)
    async def show_http_error(error: HTTPException) -> tuple[str, int]:
        """An error that Quart raises as a page."""
        status = error.code or 500
        return await _page("mobile/failure.html", message=MESSAGES.get(status, error.name)), status

    async def _with_requests(info: SessionInfo) -> Session | RemoteSession:
        try:
            return await sessions.find(caller(), info.id)
        except SessionElsewhereError:
            return RemoteSession(id=info.id, info=info)

    async def _page(template: str, **values: object) -> str:
        notice = request.headers.get("X-Gateway-Notice", "")
        return await render_template(template, user=caller(), notice=notice, demo=demo, **values)

    return pages


def answer_of(request: Request, form: MultiDict[str, Any]) -> Answer:
    """The answer to a request, from an HTML form.

    Args:
        form: `decision` is `allow`, `always` or `deny`; `message` is the comment; `q0`, `q1` … are the labels chosen
            for each question, and `q0-other` … the answers in the user's own words.
    """
    decision = form.get("decision")
    message = str(form.get("message", "")).strip() or None
    if decision not in ("allow", "always"):
        return Answer(decision="deny", message=message)
    if request.kind == "question":
        answers = {question.question: _answer(form, index) for index, question in enumerate(request.questions)}
        return Answer(decision="allow", answers=answers)
    return Answer(decision="allow", remember=decision == "always", message=message)


def _answer(form: MultiDict[str, Any], index: int) -> str | list[str]:
    written = str(form.get(f"q{index}{OTHER}", "")).strip()
    chosen = [str(label) for label in form.getlist(f"q{index}")]
    if written:
        return [*chosen, written] if len(chosen) > 1 else written
    return chosen if len(chosen) > 1 else "".join(chosen)


def _prompt(text: str) -> Prompt:
    if not text.strip():
        raise InvalidPromptError
    return Prompt(prompt=text.replace("\r\n", "\n"))


def _redirect_to(session: SessionInfo) -> Response:
    return Response(status=303, headers={"Location": f"/m/sessions/{session.id}#end"})
