"""A feed with a key of its own sends: late, wrong at first, put right; and what is told of it."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from helmlog_local.company.load import Company
from helmlog_local.company.series import Reading, Series
from helmlog_local.company.thresholds import learn_policy
from helmlog_local.demo.api import Api
from helmlog_local.demo.instruments.drawing import Line, line_of
from helmlog_local.demo.instruments.feed import Feed, feed_around
from helmlog_local.demo.instruments.remote_write import HEADERS, remote_write

Json = Any
SOURCE: Final = "site-gateway"
LIVE: Final = "as-it-came"
ORDERED: Final = "in-order"
_LABELS: Final = {"__name__": "site_reading", "gateway": "site-1"}
_POINTS: Final = 56
_NDJSON: Final = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Then:
    """What was told of the KPI as of a moment of knowledge."""

    known_at: datetime
    breaches: Sequence[Json]
    line: Line | None


@dataclass(frozen=True, slots=True)
class Fed:
    """`samples` is what the remote write was answered, `first` the lines after it, `second` the
    lines that came late or put others right. `stories` are of all breaches that were ever told,
    by id; `ordered` are the breaches of the KPI that was told the same in order.
    """

    series: Series
    source: Json
    forbidden: str
    feed: Feed
    samples: str
    first: Json
    second: Json
    packed: tuple[int, int]
    before: Then
    after: Then
    stories: Sequence[Json]
    ordered: Sequence[Json]


class Feeding:
    """`keyed` are the services as the source sees them: with its key in place of a token."""

    def __init__(self, api: Api, origin: str, company: Company, series: Series, feed: Feed) -> None:
        self._api = api
        self._origin = origin
        self._series = series
        self._feed = feed
        self._forbidden = next(one.slug for one in company.series if one.slug != series.slug)
        self._live, self._ordered = (f"{series.slug}-{name}" for name in (LIVE, ORDERED))

    async def feed(self) -> Fed:
        """Raises DemoFailed."""
        feed = self._feed
        for slug, what in ((self._live, "as it came"), (self._ordered, "in order")):
            await self._define(slug, what)
        source = await self._register()
        async with Api(self._origin, source["key"]) as keyed:
            samples = await keyed.send(
                "/kpi/v1/remote-write", remote_write(_LABELS, feed.at_first), HEADERS
            )
            rows = [*_rows(self._live, feed.then), *_rows(self._forbidden, feed.then[-1:])]
            packed = _packed(rows)
            first = await self._send(keyed, packed, "demo-feed-first")
            before = await self._known()
            # The newest first: what is known in the end does not hang on the order.
            again = sorted((*feed.late, *feed.corrected), reverse=True)
            second = await self._send(keyed, _packed(_rows(self._live, again)), "demo-feed-second")
            whole = _packed(_rows(self._ordered, feed.whole))
            await self._send(keyed, whole, "demo-feed-in-order")
        after = await self._known()
        told = {one["id"] for one in (*before.breaches, *after.breaches)}
        return Fed(
            series=self._series,
            source=source,
            forbidden=self._forbidden,
            feed=feed,
            samples=samples.headers.get("Helmlog-Samples", ""),
            first=first,
            second=second,
            packed=(len(gzip.decompress(packed)), len(packed)),
            before=before,
            after=after,
            stories=[await self._api.get_own(f"/kpi/v1/breaches/{one}") for one in sorted(told)],
            ordered=await self._breaches(self._ordered),
        )

    async def _define(self, slug: str, what: str) -> None:
        series = self._series
        body = {
            "slug": slug,
            "name": f"{series.name}, {what}",
            "unit": series.unit,
            "direction": series.direction,
            "type": series.type,
            "level": series.level,
            "cadence": series.cadence,
            "aggregation": series.aggregation,
            "owner": series.owner,
        }
        await self._api.post("/kpi/v1/kpis", body, f"demo-kpi-{slug}")
        rules = [
            asdict(rule) | {"value": str(rule.value), "recover": str(rule.recover)}
            for rule in learn_policy(series).rules
        ]
        since = self._feed.whole[0].observed_at.isoformat()
        wanted = {"effective_from": since, "rules": rules}
        path = f"/kpi/v1/kpis/{slug}/threshold-policy"
        await self._api.put(path, wanted, f"demo-policy-{slug}")

    async def _register(self) -> Json:
        body = {
            "name": SOURCE,
            "description": "Passes on what is measured on the site.",
            "kpis": [self._live, self._ordered],
            "series": [{"kpi": self._live, "labels": _LABELS}],
        }
        return await self._api.post("/kpi/v1/sources", body, "demo-source")

    async def _send(self, keyed: Api, packed: bytes, key: str) -> Json:
        """As the source; what is read from now on knows of it."""
        answer = (await keyed.send("/kpi/v1/readings", packed, _NDJSON, key)).json()
        self._api.written.setdefault("kpi", []).extend(keyed.written.get("kpi", ()))
        return answer

    async def _known(self) -> Then:
        breaches = await self._breaches(self._live)
        known_at = datetime.now(UTC)
        chart = await self._api.get_own(
            f"/kpi/v1/kpis/{self._live}/chart", points=_POINTS, known_at=known_at.isoformat()
        )
        return Then(known_at, breaches, line_of(chart))

    async def _breaches(self, slug: str) -> list[Json]:
        page = await self._api.get_own(f"/kpi/v1/kpis/{slug}/breaches", limit=500)
        return list(page["items"])


async def feed_instrument(api: Api, origin: str, company: Company, slug: str, window: int) -> Fed:
    """Raises DemoFailed."""
    series = next(one for one in company.series if one.slug == slug)
    feed = feed_around(series, series.windows[window])
    return await Feeding(api, origin, company, series, feed).feed()


def _rows(slug: str, readings: Iterable[Reading]) -> list[Json]:
    return [{"kpi": slug, "observed_at": at.isoformat(), "value": value} for at, value in readings]


def _packed(rows: Sequence[Json]) -> bytes:
    """Lines of JSON, as gzip."""
    return gzip.compress("\n".join(json.dumps(row) for row in rows).encode())
