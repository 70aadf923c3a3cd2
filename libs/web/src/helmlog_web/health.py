"""Alive, ready, and if not: who is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import APIRouter

from helmlog_web.metrics import metrics
from helmlog_web.problems import Problem

_log = structlog.get_logger(__name__)
_PATIENCE: Final = 2.0


class NotReady(Exception):
    """Raised by a check; the message is shown to whoever asks, so it names no address."""


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """A thing the service cannot work without: `check` raises while it is away."""

    name: str
    check: Callable[[], Awaitable[object]]


async def find_unready(checks: Sequence[ReadinessCheck]) -> dict[str, str]:
    """The names of those that are not ready, each with its reason; all are asked at once."""
    reasons = await asyncio.gather(*map(_reason, checks))
    return {
        check.name: reason
        for check, reason in zip(checks, reasons, strict=True)
        if reason is not None
    }


async def _reason(check: ReadinessCheck) -> str | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await check.check()
    except NotReady as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {_PATIENCE:g} s"
    except Exception as error:  # noqa: BLE001  # whatever a check raises means: not ready
        _log.warning("not_ready", check=check.name, error=repr(error))
        return type(error).__name__
    return None


def create_health_router(checks: Sequence[ReadinessCheck]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> dict[str, Any]:
        unready = await find_unready(checks)
        if unready:
            raise Problem(
                503,
                "not-ready",
                "The service is not ready",
                "Not ready: " + ", ".join(unready) + ".",
                headers={"Retry-After": "1"},
                not_ready=[{"name": name, "reason": why} for name, why in unready.items()],
            )
        return {"status": "ready", "checks": [check.name for check in checks]}

    router.add_api_route("/metrics", metrics, methods=["GET"])
    return router
