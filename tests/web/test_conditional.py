import pytest
from helmlog_web.conditional import conditional

TAG = "5f2a"


@pytest.mark.parametrize("held", ['"5f2a"', 'W/"5f2a"', '"a", "5f2a"', '"a",W/"5f2a"', "*"])
def test_what_the_client_holds_is_not_sent_again(held: str) -> None:
    response = conditional(b"{}", TAG, held)
    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["etag"] == '"5f2a"'


@pytest.mark.parametrize("held", [None, "", '"a"', "5f2a", '"5f2"', '"5f2a', "W/5f2a", '"*"'])
def test_anything_else_is_sent(held: str | None) -> None:
    response = conditional(b"{}", TAG, held)
    assert (response.status_code, response.body) == (200, b"{}")
    assert response.headers["etag"] == '"5f2a"'
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "private, no-cache"
