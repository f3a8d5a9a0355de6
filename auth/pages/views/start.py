"""Asking for a sign-in link."""

import json
from urllib.parse import parse_qs

from quart import Request, Response

from auth.door import Door
from auth.errors import RefusedError
from auth.guard import find_login
from auth.login.cookies import NONCE, cookie_of, set_cookie
from auth.login.links import LIFETIME
from auth.login.send_login_link import invite, invite_unseen
from auth.login.tokens import is_secret, new_secret
from auth.pages.renderer import wants_page
from auth.request_body import read_body
from auth.request_context import Visit
from auth.responses import go_to

BAD_REQUEST = 400
FORM = "application/x-www-form-urlencoded"


async def sign_in(door: Door, request: Request, _: Visit) -> Response:
    """The sign-in page; who is signed in already goes on."""
    if await find_login(door, request) is not None:
        return go_to("/", 302)
    return door.pages.render("sign_in", problem="", typed="", hint=_hint(door))


async def sent(door: Door, _: Request, __: Visit) -> Response:
    """The page after a link was asked for."""
    return door.pages.render("sent", hint=_hint(door))


async def start(door: Door, request: Request, visit: Visit) -> Response:
    """Sends a link: 204 for programs, the next page for the form."""
    if request.mimetype not in ("application/json", FORM):
        raise RefusedError(415, "not_json", "Content-Type must be application/json")
    is_form = request.mimetype == FORM and wants_page(request)
    # Links asked for earlier by this browser stay its own: the nonce is kept while it lives.
    given = cookie_of(request, NONCE, door.site)
    nonce = given if given and is_secret(given) else new_secret()
    typed: object = None
    try:
        typed = await _typed_address(request, visit)
        if door.settings.auth_uniform_responses:
            door.background.run(invite_unseen(door, typed, nonce, visit))
        else:
            await invite(door, typed, nonce, visit)
    except RefusedError as error:
        if not (door.settings.auth_uniform_responses and error.status == BAD_REQUEST):
            if is_form:
                return _form_again(door, error, typed)
            raise
    response = go_to("/auth/sent") if is_form else Response(b"", status=204)
    set_cookie(response, NONCE, nonce, door.site, seconds=LIFETIME)
    return response


async def _typed_address(request: Request, visit: Visit) -> object:
    body = await read_body(request, visit.route.most if visit.route else 0)
    if request.mimetype == FORM:
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
        except ValueError:
            raise RefusedError(400, "invalid_body", "The form has too many fields") from None
        return fields.get("email", [None])[0]
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "invalid_body", "The request's body is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise RefusedError(400, "invalid_body", "The request's body must be a JSON object")
    return parsed.get("email")


def _form_again(door: Door, error: RefusedError, typed: object) -> Response:
    response = door.pages.render(
        "sign_in",
        error.status,
        problem=error.sentence,
        typed=typed[:254] if isinstance(typed, str) else "",
        hint=_hint(door),
    )
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _hint(door: Door) -> str:
    if door.mailer is not None:
        return ""
    if door.settings.prints_links:
        return "No mail is set up, so the link is printed in the terminal where the server runs."
    return "No mail is set up on this server. Its operator makes links with login-link."
