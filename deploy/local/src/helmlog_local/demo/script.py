"""In which portions the readings are played, and which quarters begin and end with them.

At most one `KPIValueChanged` a KPI and second goes out, so nine months played in one go would show
one value. Between portions somebody looks: until the newest values have reached their key results.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from helmlog_local.company.load import Company
from helmlog_local.company.plan import Cycle
from helmlog_local.company.series import Reading, Series


@dataclass(frozen=True, slots=True)
class Portion:
    """What of each series, by slug, is played together; `newest` is the newest instant so far.

    `begins` are the cycles that are planned before it, `ends` those that are closed after it.
    """

    readings: Mapping[str, Sequence[Reading]]
    newest: Mapping[str, datetime]
    begins: Sequence[Cycle]
    ends: Sequence[Cycle]

    @property
    def size(self) -> int:
        return sum(len(readings) for readings in self.readings.values())


def portions(company: Company) -> list[Portion]:
    """Every reading once, each series in its order of arrival."""
    parts = {one.slug: list(_parts(one, company.stops(one))) for one in company.series}
    begins: defaultdict[int, list[Cycle]] = defaultdict(list)
    ends: defaultdict[int, list[Cycle]] = defaultdict(list)
    for cycle in company.plan.cycles:
        begins[_first(company, cycle)].append(cycle)
        if cycle in company.closed:
            ends[_last(company, cycle)].append(cycle)
    newest: dict[str, datetime] = {}
    script = []
    for number in range(max(len(pieces) for pieces in parts.values())):
        readings = {
            slug: pieces[number]
            for slug, pieces in parts.items()
            if number < len(pieces) and pieces[number]
        }
        for slug, piece in readings.items():
            seen = max(reading.observed_at for reading in piece)
            newest[slug] = max(seen, newest.get(slug, seen))
        script.append(Portion(readings, dict(newest), begins[number], ends[number]))
    return script


def newest_by_arrival(series: Series) -> list[datetime]:
    """For each reading, the newest instant that has arrived by then: never falls."""
    return list(accumulate((reading.observed_at for reading in series.readings), max))


def _parts(series: Series, stops: Sequence[datetime]) -> Iterator[Sequence[Reading]]:
    """Cut where a reading later than the stop has arrived for the first time."""
    seen = newest_by_arrival(series)
    begin = 0
    for stop in stops:
        end = bisect_right(seen, stop)
        yield series.readings[begin:end]
        begin = end
    yield series.readings[begin:]


def _followers(company: Company, cycle: Cycle) -> list[Series]:
    return [one for one in company.series if one.slug in cycle.kpis]


def _first(company: Company, cycle: Cycle) -> int:
    """The number of the portion with its first readings."""
    return min(
        bisect_right(company.stops(one), cycle.starts_at) for one in _followers(company, cycle)
    )


def _last(company: Company, cycle: Cycle) -> int:
    """The number of the portion with the last readings before its last stop."""
    return max(
        bisect_right(company.stops(one), cycle.ends_at) - (one.last_observed_at >= cycle.ends_at)
        for one in _followers(company, cycle)
    )
