"""Examples that the rules are told with."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from helmlog_events.contracts.kpi import KPIDefined, ThresholdPolicySet, ThresholdRule
from kpi_service.domain.readings.reading import Lot, reading
from kpi_service.domain.threshold.changes import Opened
from kpi_service.domain.threshold.episode import Episode, advance, announce, breach_id
from kpi_service.domain.threshold.events import ThresholdEvent
from kpi_service.domain.threshold.judge import judge
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import Policy, compile_policy
from kpi_service.domain.threshold.state import NORMAL, ThresholdState

KPI_ID = UUID("01970000-0000-7000-8000-000000000001")
START = datetime(2014, 7, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)

DEFINED = KPIDefined(
    kpi_id=KPI_ID,
    slug="taxi-demand",
    name="Taxi demand",
    unit="passengers",
    direction="up",
    type="operational",
    level="company",
    cadence="PT30M",
    aggregation="last",
    timezone="UTC",
)


class Sent(NamedTuple):
    """A reading by itself, as some source sends it."""

    source: str
    observed_at: datetime
    value: Decimal | None


def lots_of(kpi: str, sent: Iterable[Sent]) -> list[Lot]:
    """A batch of readings of one KPI, in the order in which they come."""
    lots: dict[str, Lot] = {}
    for place, one in enumerate(sent):
        lot = lots.setdefault(one.source, Lot(kpi, one.source, []))
        lot.readings.append(reading(place, one.observed_at, one.value))
    return [*lots.values()]


def rule(
    severity="critical", when="below", value="5000", recover="6000", for_readings=1, duration=None
) -> ThresholdRule:
    return ThresholdRule(
        severity=severity,
        when=when,
        value=value,
        recover=recover,
        for_readings=for_readings,
        for_duration=duration,
    )


def policy_set(
    *rules: ThresholdRule, effective_from=START, period=None, **fields
) -> ThresholdPolicySet:
    return ThresholdPolicySet(
        kpi_id=KPI_ID,
        effective_from=effective_from,
        evaluate="reading" if period is None else "period",
        period=period,
        rules=rules,
        **fields,
    )


def policy(*rules: ThresholdRule, number: int = 1) -> Policy:
    return compile_policy(policy_set(*rules), number)


def observations(values: Iterable[int | str], start: datetime = START) -> list[Observation]:
    return [Observation(start + place * STEP, Decimal(value)) for place, value in enumerate(values)]


def judge_all(
    by: Policy, readings: Sequence[Observation], state: ThresholdState = NORMAL
) -> tuple[ThresholdState, list[ThresholdEvent]]:
    """The state after them, and what is said of the breaches they open."""
    said: list[ThresholdEvent] = []
    episode: Episode | None = None
    for one in readings:
        state, changes = judge(by, state, one)
        for change in changes:
            before = None if isinstance(change, Opened) else episode
            episode = advance(before, change)
            identity = breach_id(KPI_ID, episode.triggered, 0)
            said.extend(announce(KPI_ID, identity, before, episode))
    return state, said
