"""Every problem that any test is answered with has to be told at its operation."""

from __future__ import annotations

import re
from typing import Any

import httpx
from helmlog_web.documented import PROBLEM_TYPES


class Documented:
    def __init__(self, document: dict[str, Any]) -> None:
        # The longest address that fits is the one that is meant: `/{kpi}:retire`, not `/{kpi}`.
        self._operations = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), operations)
            for path, operations in sorted(
                document["paths"].items(), key=lambda one: -len(re.sub(r"\{\w+\}", "", one[0]))
            )
        ]

    async def check(self, response: httpx.Response) -> None:
        operation = self._operation(response.request)
        if response.status_code < httpx.codes.BAD_REQUEST or operation is None:
            return
        await response.aread()
        told = operation["responses"].get(str(response.status_code), {}).get(PROBLEM_TYPES, ())
        request = f"{response.request.method} {response.request.url.path}"
        assert response.json()["type"] in told, f"{request}: {response.text}"

    def _operation(self, request: httpx.Request) -> Any:
        for pattern, operations in self._operations:
            if pattern.fullmatch(request.url.path) and request.method.lower() in operations:
                return operations[request.method.lower()]
        return None
