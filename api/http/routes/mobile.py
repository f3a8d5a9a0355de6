"""`/m`: sessions, their talk and their open requests as plain pages, for phones and screen readers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quart import Blueprint, Response, render_template, request, send_from_directory
from quart_schema import hide
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from api.cluster.leases import SessionElsewhereError
from api.errors import ApiError, BadRequestError
from api.events.live_messages import with_live_messages
from api.export import parts_of
from api.http.error_handlers import SENTENCES
from api.http.request_parsing import caller
from api.schema import Answer, Message, Prompt, Request, SessionInfo
from api.sessions.service import SessionService
from api.sessions.session import Session

STATIC = Path(__file__).parents[1] / "static"
FILES = ("mobile.css", "transcript.css", "mobile.js")
SHOWN = 60
"""Parts of a conversation on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A session of another replica, whose requests stand on its own page."""

    id: str
    info: SessionInfo
    requests: tuple[Request, ...] = ()


def mobile_routes(sessions: SessionService, *, demo: bool) -> Blueprint:
    """The pages below `/m`; each form's answer is a redirect to the page that shows what came of it."""
    pages = Blueprint("mobile", __name__, url_prefix="/m")

    @pages.get("/", endpoint="home", strict_slashes=False)
    @hide
    async def show_home() -> str:
        """My sessions, what waits for me, and a form for a new session."""
        search = request.args.get("q", "").strip()
        found, after = await sessions.list(caller(), limit=30, cursor=request.args.get("cursor"), search=search or None)
        waiting = [await _waiting(info) for info in found if info.pending_requests]
        return await _page("mobile/home.html", sessions=found, after=after, waiting=waiting, search=search)

    @pages.get("/sessions/<session_id>", endpoint="session")
    @hide
    async def show_session(session_id: str) -> str:
        """A session's talk, its open requests, and a form to reply."""
        session = await sessions.find(caller(), session_id)
        log = session.journal.log
        # While a turn runs, the script wants what was said of a message that is not whole yet.
        seq = log.history_end if session.state in ("running", "waiting") else log.last_seq
        parts = parts_of(await _said_so_far(session))
        end = min(len(parts), max(1, request.args.get("until", len(parts), int)))
        start = max(0, end - SHOWN)
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
        """Opens a session with its first prompt."""
        prompt = _prompt((await request.form).get("prompt", ""))
        session, _ = await sessions.begin(caller(), prompt)
        return _to(session.info)

    @pages.post("/sessions/<session_id>/messages")
    @hide
    async def send_prompt(session_id: str) -> Response:
        """Sends a prompt."""
        prompt = _prompt((await request.form).get("prompt", ""))
        session = await sessions.find(caller(), session_id)
        await session.prompt(prompt)
        return _to(session.info)

    @pages.post("/sessions/<session_id>/interrupt")
    @hide
    async def interrupt(session_id: str) -> Response:
        """Ends the running turn."""
        session = await sessions.find(caller(), session_id)
        await session.interrupt()
        return _to(session.info)

    @pages.post("/sessions/<session_id>/requests/<request_id>")
    @hide
    async def answer_request(session_id: str, request_id: str) -> Response:
        """Answers an open request."""
        form = await request.form
        session = await sessions.find(caller(), session_id)
        asked = next((one for one in session.requests if one.id == request_id), None)
        if asked is not None:
            await session.answer(request_id, answer_of(asked, form), by=caller())
        # Somebody was faster: the page shows what came of it.
        return _to(session.info)

    @pages.get("/static/<name>")
    @hide
    async def static(name: str) -> Response:
        """The pages' style and script."""
        return await send_from_directory(STATIC, name if name in FILES else "")

    @pages.errorhandler(ApiError)
    async def show_failure(error: ApiError) -> tuple[str, int]:
        """A failure as a page."""
        return await _page("mobile/failure.html", sentence=error.sentence), error.status

    @pages.errorhandler(HTTPException)
    async def show_refusal(error: HTTPException) -> tuple[str, int]:
        """What the server itself refuses, as a page."""
        status = error.code or 500
        return await _page("mobile/failure.html", sentence=SENTENCES.get(status, error.name)), status

    async def _waiting(info: SessionInfo) -> Session | Elsewhere:
        try:
            return await sessions.find(caller(), info.id)
        except SessionElsewhereError:
            return Elsewhere(id=info.id, info=info)

    async def _page(template: str, **values: object) -> str:
        notice = request.headers.get("X-Door-Notice", "")
        return await render_template(template, user=caller(), notice=notice, demo=demo, **values)

    return pages


async def _said_so_far(session: Session) -> list[Message]:
    found, turn_id = await session.past.messages(), session.journal.turn_id
    return with_live_messages(found, session.journal.log, turn_id) if turn_id else found


def _prompt(text: str) -> Prompt:
    if not text.strip():
        raise BadRequestError("Prompt is required")
    return Prompt(prompt=text.replace("\r\n", "\n"))


def _to(session: SessionInfo) -> Response:
    return Response(status=303, headers={"Location": f"/m/sessions/{session.id}#end"})


OTHER = "-other"


def answer_of(request: Request, form: MultiDict[str, Any]) -> Answer:
    """What the person said.

    Args:
        form: `decision` is `allow`, `always` or `deny`; `message` says why; `q0`, `q1` … are the labels chosen for
            each question, `q0-other` … what was written instead.
    """
    decision = form.get("decision")
    message = str(form.get("message", "")).strip() or None
    if decision not in ("allow", "always"):
        return Answer(decision="deny", message=message)
    if request.kind == "question":
        answers = {question.question: _said(form, index) for index, question in enumerate(request.questions)}
        return Answer(decision="allow", answers=answers)
    return Answer(decision="allow", remember=decision == "always", message=message)


def _said(form: MultiDict[str, Any], index: int) -> str | list[str]:
    written = str(form.get(f"q{index}{OTHER}", "")).strip()
    chosen = [str(label) for label in form.getlist(f"q{index}")]
    if written:
        return [*chosen, written] if len(chosen) > 1 else written
    return chosen if len(chosen) > 1 else "".join(chosen)
