from typing import Any

import pytest
from helmlog_web.schemas import RequestModel
from helmlog_web.text import Name, Paragraph, Reason, Slug, Title, find_unstorable
from pydantic import TypeAdapter, ValidationError


def _fits(kind: Any, text: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "longest"), [(Title, 200), (Name, 100)])
def test_a_line_is_neither_empty_nor_too_long(kind: Any, longest: int) -> None:
    assert _fits(kind, "x")
    assert _fits(kind, "é" * longest)
    assert not _fits(kind, "x" * (longest + 1))
    assert not _fits(kind, "")
    assert not _fits(kind, " \u00a0 ")


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x1bb", "a\ud800b", 7])
def test_a_line_holds_no_control_characters(text: object) -> None:
    assert not _fits(Title, text)


def test_a_line_is_trimmed_before_it_is_measured() -> None:
    assert TypeAdapter(Title).validate_python(f"\n {'x' * 200} ") == "x" * 200


def test_a_paragraph_holds_lines_and_may_be_empty() -> None:
    assert _fits(Paragraph, "a\r\n\tb 🚢")
    assert _fits(Paragraph, "")
    assert _fits(Paragraph, "x" * 10_000)
    assert not _fits(Paragraph, "x" * 10_001)
    assert not _fits(Paragraph, "a\x00b")
    assert not _fits(Paragraph, "a\x0cb")


def test_a_reason_says_something() -> None:
    assert _fits(Reason, "Because.\nReally.")
    assert not _fits(Reason, " \n ")


def test_a_slug_is_lower_case_letters_digits_and_hyphens() -> None:
    assert _fits(Slug, "taxi-demand")
    assert _fits(Slug, "0" + "x" * 62)
    for bad in ("", "-a", "Taxi", "a b", "a_b", "é", "a\n", "x" * 64):
        assert not _fits(Slug, bad)


def test_unknown_fields_and_infinities_are_refused() -> None:
    class Request(RequestModel):
        value: float = 0

    for fields in ({"other": 1}, {"value": "NaN"}, {"value": float("inf")}):
        with pytest.raises(ValidationError):
            Request.model_validate(fields)


def test_what_cannot_be_stored_is_found_at_any_depth() -> None:
    document: Any = "a\x00b"
    for _ in range(5_000):
        document = [document]
    assert find_unstorable(document) == "/0" * 5_000
    assert find_unstorable({"a": ["b", 1, None, {"c": "d"}]}) is None
    assert find_unstorable({"a": {"\ud800": 1}}) == "/a"
