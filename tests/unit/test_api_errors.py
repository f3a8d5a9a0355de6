"""The bodies of errors, and the sentences for request bodies that do not fit."""

import pytest

from api.errors import ApiError, BusyError, InvalidFieldError, NotAnObjectError, NotFoundError
from api.http.request_parsing import parse_object
from api.schema import Record, encode
from api.schema.sessions import PermissionMode


class Options(Record, forbid_unknown_fields=True):
    model: str | None = None
    mode: PermissionMode | None = None
    tools: tuple[str, ...] = ()


class Body(Record):
    prompt: str
    options: Options = Options()
    max_turns: int | None = None


def test_the_sentence_and_code_come_from_the_class_unless_given() -> None:
    assert NotFoundError().body("r1") == {"error": "Not found", "code": "not_found", "requestId": "r1"}
    assert NotFoundError("Gone", code="gone", sessionId="s").body() == {
        "error": "Gone",
        "code": "gone",
        "sessionId": "s",
    }


def test_retry_after_is_rounded_up_to_whole_seconds() -> None:
    assert BusyError().body()["retryAfter"] == 5
    assert BusyError(retry_after=0.2).body()["retryAfter"] == 1


def test_the_base_class_has_no_details() -> None:
    assert ApiError().body()["code"] == "internal_error"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b'"x"', b"1", b"{", b"\xff{}", b'{"a":1}x', b"[" * 200_000, b'{"a":' * 200_000, b"NaN"]
)
def test_a_body_that_is_not_an_object_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAnObjectError):
        parse_object(raw, dict)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"{}", "prompt is required"),
        (b'{"prompt":1}', "prompt: expected str, got int"),
        (b'{"prompt":"x","maxTurns":"1"}', "maxTurns: expected int | null, got str"),
        (b'{"prompt":"x","maxTurns":true}', "maxTurns: expected int | null, got bool"),
        (b'{"prompt":"x","options":{"modle":"m"}}', "Unknown field: options.modle"),
        (b'{"prompt":"x","options":{"tools":["a",1]}}', "options.tools[1]: expected str, got int"),
        (b'{"prompt":"x","options":{"mode":"yolo"}}', "options.mode: invalid enum value 'yolo'"),
        (b'{"prompt":"x","options":null}', "options: expected object, got null"),
        (b'{"prompt":"x","options":[]}', "options: expected object, got array"),
    ],
)
def test_the_sentence_names_the_field_that_does_not_fit(raw: bytes, sentence: str) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        parse_object(raw, Body)
    assert refused.value.message == sentence


def test_a_good_body_is_read() -> None:
    assert parse_object(b'{"prompt":"x","options":{"mode":"plan"}}', Body).options.mode == "plan"


def test_an_unpaired_surrogate_can_be_encoded() -> None:
    assert encode({"a": "\ud83d", "b": "\u4e2d"}) == b'{"a":"\\ud83d","b":"\\u4e2d"}'
    assert encode({"b": "\u4e2d"}) == '{"b":"\u4e2d"}'.encode()
