"""People deal with a breach, and a source falls silent and is heard again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from helmlog_local.company.load import Company
from helmlog_local.demo.api import Api, wait_until

Json = Any
HEARTBEAT: Final = "gateway-heartbeat"
_JSON: Final = {"Content-Type": "application/json"}
_NO_DATA_AFTER: Final = "PT5M"
_HEARD_FROM, _HEARD_UNTIL = timedelta(minutes=60), timedelta(minutes=20)
_AN_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_NOTICED_SECONDS: Final = 20.0
_CAUSE: Final = "What was measured is right; it came from outside the company."
_ACTION: Final = "Talked over in the weekly; a second source is held beside it from now on."


@dataclass(frozen=True, slots=True)
class Dealt:
    """`open_before` are all open breaches, `unhandled` counts those nobody cares for now; `story`
    is that of the one dealt with. `noticed` and `resumed` are a source's silence, and its end.
    """

    open_before: Sequence[Json]
    kpi: Json
    story: Json
    unhandled: int
    heartbeat: Json
    noticed: Json
    resumed: Json


async def deal(api: Api, colleague: Api, company: Company) -> Dealt:
    """The newest open breach is taken care of; where none is open, the newest of all. Its cause is
    what people noted of that time, if they did. Raises DemoFailed.
    """
    open_before = await _threshold_breaches(api, state="open")
    breach = max(open_before or await _threshold_breaches(api), key=_opened)
    kpi = await api.get(f"/kpi/v1/kpis/{breach['kpi_id']}")
    path = f"/kpi/v1/breaches/{breach['id']}"
    await colleague.post(f"{path}:acknowledge", {"note": "I look into it."}, "demo-breach-seen")
    if breach["recovered_at"] is None:
        until = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
        silence = {"until": until, "reason": "Known, and being repaired until the evening."}
        await colleague.post(f"{path}:silence", silence, "demo-breach-silenced")
    said = {"cause": _noted(company, kpi["slug"], _opened(breach)) or _CAUSE}
    said |= {"corrective_action": _ACTION}
    await colleague.post(f"{path}:annotate", said, "demo-breach-annotated")
    story = await colleague.get_own(path)
    heartbeat, noticed, resumed = await _fall_silent(api, colleague)
    return Dealt(
        open_before=open_before,
        kpi=kpi,
        story=story,
        unhandled=len(await _threshold_breaches(colleague, state="open", acknowledged="false")),
        heartbeat=heartbeat,
        noticed=noticed,
        resumed=resumed,
    )


async def _threshold_breaches(api: Api, **wanted: str) -> list[Json]:
    return await api.all_items("/kpi/v1/breaches", kind="threshold", **wanted)


def _noted(company: Company, slug: str, opened_at: datetime) -> str:
    """What people noted of the time in which the breach began; empty if nothing."""
    windows = (window for one in company.series if one.slug == slug for window in one.windows)
    return next((one.note for one in windows if one.begins <= opened_at <= one.ends), "")


def _opened(breach: Json) -> datetime:
    return datetime.fromisoformat(breach["opened_at"])


async def _fall_silent(api: Api, colleague: Api) -> tuple[Json, Json, Json]:
    """A heartbeat that stopped twenty minutes ago, where five are too long; then one more. The KPI,
    its silence as it was noticed, and as it was over.
    """
    now = datetime.now(UTC)
    body = {
        "slug": HEARTBEAT,
        "name": "Heartbeat of the gateway",
        "unit": "messages",
        "direction": "up",
        "cadence": "PT1M",
    }
    kpi = await api.post("/kpi/v1/kpis", body, "demo-heartbeat")
    policy = {
        "effective_from": (now - _HEARD_FROM).isoformat(),
        "rules": [],
        "no_data_after": _NO_DATA_AFTER,
        "on_no_data": "alert",
    }
    path = f"/kpi/v1/kpis/{kpi['id']}"
    await api.put(f"{path}/threshold-policy", policy, "demo-heartbeat-policy")
    minutes = range(_HEARD_FROM // _MINUTE, _HEARD_UNTIL // _MINUTE - 1, -1)
    await _beat(api, [now - minute * _MINUTE for minute in minutes], "demo-heartbeats")
    silence = await _silence(api, f"{path}/breaches", "open")
    until = {
        "until": (now + _AN_HOUR).isoformat(),
        "reason": "The gateway gets its new power unit.",
    }
    told = f"/kpi/v1/breaches/{silence['id']}"
    noticed = await colleague.post(f"{told}:silence", until, "demo-heartbeat-silenced")
    await _beat(api, [datetime.now(UTC)], "demo-heartbeat-again")
    return kpi, noticed, await _silence(api, f"{path}/breaches", "recovered")


async def _beat(api: Api, instants: Sequence[datetime], key: str) -> None:
    rows = [
        {"kpi": HEARTBEAT, "observed_at": at.isoformat(), "value": 1, "source": "site-gateway-2"}
        for at in instants
    ]
    await api.send("/kpi/v1/readings", json.dumps(rows).encode(), _JSON, key)


async def _silence(api: Api, path: str, state: str) -> Json:
    """The silence, once it is told to be so."""
    found: list[Json] = []

    async def told() -> bool:
        page = await api.get(path, kind="no_data", state=state)
        found[:] = page["items"]
        return bool(found)

    await wait_until(f"that the silence is {state}", told, seconds=_NOTICED_SECONDS, pause=0.2)
    return found[0]
