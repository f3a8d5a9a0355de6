"""The logins a person has, and ending them."""

from quart import Request, Response

from auth.audit import timestamp
from auth.door import Door
from auth.errors import RefusedError
from auth.guard import find_login
from auth.login.cookies import SESSION, drop_cookie
from auth.login.sessions import Login
from auth.pages.renderer import wants_page
from auth.request_context import Visit
from auth.responses import as_json, go_to


async def ping(_: Door, __: Request, ___: Visit) -> Response:
    """Whether the caller is signed in: the guard has said so."""
    return as_json({"ok": True})


async def user(_: Door, __: Request, visit: Visit) -> Response:
    """Who is signed in."""
    return as_json({"email": visit.login.address})


async def list_logins(door: Door, request: Request, visit: Visit) -> Response:
    """Where this person is signed in."""
    found = await door.logins.of(visit.login.address, now=door.now())
    entries = [_entry(login, visit.login) for login in found]
    if not wants_page(request):
        return as_json({"sessions": entries})
    return door.pages.render("logins", address=visit.login.address, entries=entries, notice=door.notice)


def _entry(login: Login, current: Login) -> dict[str, object]:
    return {
        "id": login.name,
        "createdAt": timestamp(login.created_at),
        "lastSeenAt": timestamp(login.seen_at),
        "expiresAt": timestamp(login.expires_at),
        "ip": login.ip,
        "browser": login.browser,
        "current": login.id == current.id,
    }


async def end_login(door: Door, request: Request, visit: Visit) -> Response:
    """Ends one login of this person."""
    name = request.view_args["name"] if request.view_args else ""
    ended = await door.logins.end(visit.login.address, now=door.now(), name=name)
    if not ended:
        raise RefusedError(404, "not_found", "There is no such login")
    door.streams.revoke(set(ended))
    door.audit.note("session_revoked", request_id=visit.request_id, ip=visit.ip, user=visit.user)
    if visit.login.id in ended:
        return _leave(door, request)
    return go_to("/auth/sessions") if wants_page(request) else Response(b"", status=204)


async def log_out(door: Door, request: Request, visit: Visit) -> Response:
    """Ends this login; to be signed out already is no error."""
    login = await find_login(door, request)
    if login is not None:
        ended = await door.logins.end(login.address, now=door.now(), name=login.name)
        door.streams.revoke(set(ended))
        door.audit.note("logout", request_id=visit.request_id, ip=visit.ip, user=login.address)
    return _leave(door, request)


async def log_out_all(door: Door, request: Request, visit: Visit) -> Response:
    """Ends every login of this person."""
    ended = await door.logins.end(visit.login.address, now=door.now())
    door.streams.revoke(set(ended))
    door.audit.note("session_revoked", request_id=visit.request_id, ip=visit.ip, user=visit.user, logins=len(ended))
    return _leave(door, request)


async def signed_out(door: Door, _: Request, __: Visit) -> Response:
    """The page after signing out."""
    return door.pages.render("signed_out")


def _leave(door: Door, request: Request) -> Response:
    response = go_to("/auth/signed-out") if wants_page(request) else Response(b"", status=204)
    drop_cookie(response, SESSION, door.site)
    return response
