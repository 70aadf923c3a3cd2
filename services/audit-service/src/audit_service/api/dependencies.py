from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from helmlog_web.auth import Principal, require

from audit_service.application.verification import Verification
from audit_service.readmodel.history import HistoryQueries


@dataclass(frozen=True, slots=True)
class Witness:
    """What the routes work with; `bootstrap` builds it."""

    history: HistoryQueries
    verify: Callable[[], Awaitable[Verification]]


async def witness(request: Request) -> Witness:
    found: Witness = request.app.state.witness
    return found


Service = Annotated[Witness, Depends(witness)]

read_roles = require("viewer", "contributor", "owner", "admin", "auditor")
audit_roles = require("auditor", "admin")

Reader = Annotated[Principal, Depends(read_roles)]
Auditor = Annotated[Principal, Depends(audit_roles)]
