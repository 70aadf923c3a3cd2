"""A threshold state between batches, as the JSON of `kpi_state.threshold`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never

import orjson

from kpi_service.domain.threshold.state import (
    NORMAL,
    Breach,
    InCritical,
    InWarning,
    Normal,
    OpenState,
    Pending,
    Recovering,
    ThresholdState,
    Watch,
    state_name,
)

_OPEN: dict[str, Callable[[int, tuple[Watch, ...], datetime, Breach], OpenState]] = {
    "warning": InWarning,
    "critical": InCritical,
    "recovering": Recovering,
}
NORMAL_JSON = '{"state":"normal"}'


def state_to_json(state: ThresholdState) -> str:
    match state:
        case Normal():
            return NORMAL_JSON
        case Pending():
            content: dict[str, Any] = {}
        case InWarning() | InCritical() | Recovering():
            content = {"breach": state.breach}
        case _ as unreachable:
            assert_never(unreachable)
    content |= {
        "state": state_name(state),
        "policy": state.policy,
        "watches": state.watches,
        "last": state.last,
    }
    return orjson.dumps(content).decode()


def state_from_json(text: str) -> ThresholdState:
    if text == NORMAL_JSON:
        return NORMAL
    content = orjson.loads(text)
    policy = content["policy"]
    watches = tuple(
        Watch(one["run"], _instant(one["since"]), one["firing"]) for one in content["watches"]
    )
    last = datetime.fromisoformat(content["last"])
    if content["state"] == "pending":
        return Pending(policy, watches, last)
    breach = Breach(content["breach"]["severity"], content["breach"]["readings"])
    return _OPEN[content["state"]](policy, watches, last, breach)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
