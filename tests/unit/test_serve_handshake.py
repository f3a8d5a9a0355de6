import pytest
from werkzeug.datastructures import Headers, MultiDict

from tui.serve.handshake import Size, read_handshake

SESSION = "0b3f7f0e-6f5c-4b5e-9d0a-000000000001"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((120, 40), (120, 40)),
        (("120", "40"), (120, 40)),
        ((20000, 5000), (400, 200)),
        ((0, -3), (10, 5)),
        ((None, "x"), (80, 24)),
        ((float("nan"), True), (80, 5)),
        (("9" * 5000, "²"), (400, 24)),
        ((99.9, float("inf")), (99, 200)),
        (([], {}), (80, 24)),
    ],
)
def test_sizes_are_clamped(asked: tuple[object, object], given: tuple[int, int]) -> None:
    assert Size.clamped(*asked) == Size(*given)


def handshake_with(user: str | None = "ann@example.com", **arguments: str) -> object:
    headers = Headers({"X-Forwarded-User": user} if user is not None else {})
    return read_handshake(headers, MultiDict({"tab": "0123456789abcdef", **arguments}))


def test_a_handshake_holds_user_tab_session_and_notice() -> None:
    headers = Headers({"x-forwarded-user": "ann@example.com", "x-gateway-notice": "Anybody may log in."})
    handshake = read_handshake(
        headers, MultiDict({"tab": "0123456789abcdef", "session": SESSION, "width": "90", "height": "30"})
    )
    assert handshake
    assert (handshake.user, handshake.tab_id, handshake.session_id) == ("ann@example.com", "0123456789abcdef", SESSION)
    assert (handshake.notice, handshake.size) == ("Anybody may log in.", Size(90, 30))


@pytest.mark.parametrize("user", [None, ""])
def test_a_handshake_without_a_user_is_refused(user: str | None) -> None:
    assert handshake_with(user) is None


@pytest.mark.parametrize("tab", ["", "short", "../../etc/passwd", "a b c d e f g h", "x" * 65, "äöüäöüäöü"])
def test_a_handshake_without_a_valid_tab_id_is_refused(tab: str) -> None:
    assert handshake_with(tab=tab) is None


@pytest.mark.parametrize("session", ["", "nonsense", SESSION.upper(), SESSION + "0", "../" + SESSION])
def test_an_invalid_session_id_is_ignored(session: str) -> None:
    handshake = handshake_with(session=session)
    assert handshake is not None
    assert getattr(handshake, "session_id", "?") is None
