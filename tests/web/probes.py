from typing import Any

import httpx


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The document of a refusal, after checking that it is the expected one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["type"] == f"https://helmlog.dev/problems/{slug}"
    assert document["status"] == status
    assert document["title"]
    return dict(document)


JSON = {"Content-Type": "application/json"}
