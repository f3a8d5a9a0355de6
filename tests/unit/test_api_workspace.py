"""The folder of a user: a plain name, and never that of another user."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from api.files.workspace import folder_name

names = st.text(min_size=1, max_size=400)


@given(name=names)
def test_a_folder_has_a_plain_name(name: str) -> None:
    folder = folder_name(name)
    assert Path("/w", folder).parent == Path("/w")
    assert folder not in ("", ".", "..")
    assert not folder.startswith(".")
    assert len(folder.encode()) <= 255
    assert folder.isascii()
    assert folder.isprintable()


@given(one=names, other=names)
def test_two_users_never_share_a_folder(one: str, other: str) -> None:
    # A header cannot contain an unpaired surrogate.
    if one.encode(errors="replace") != other.encode(errors="replace"):
        assert folder_name(one) != folder_name(other)


def test_names_of_folders() -> None:
    assert folder_name("ada@example.com") == "ada@example.com"
    assert folder_name("../bob") == "%2E.%2Fbob"
    assert folder_name("a" * 500) != folder_name("a" * 501)
