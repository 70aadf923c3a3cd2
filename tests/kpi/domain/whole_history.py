"""A plain model of the thresholds: it looks at the whole history each time, and keeps no state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from helmlog_events.contracts.kpi import BreachEpisode, SeverityChange
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import RANK, Policy, Rule

_MIDNIGHT = datetime(2014, 1, 1, tzinfo=UTC)


def policy_of(policies: Sequence[Policy], moment: datetime) -> Policy | None:
    held = [one for one in policies if one.effective_from <= moment]
    return max(held, key=lambda one: one.effective_from, default=None)


def silence_after(policies: Sequence[Policy], last: datetime, before: datetime) -> datetime | None:
    """When the silence from `last` to `before` is taken for good, if it is."""
    ends = [
        max(last + one.no_data_after, one.effective_from)
        for one in policies
        if one.on_no_data == "ok" and one.no_data_after is not None
    ]
    return min(
        (
            moment
            for moment in ends
            if moment < before
            and (by := policy_of(policies, moment)) is not None
            and by.on_no_data == "ok"
            and by.no_data_after is not None
            and moment >= last + by.no_data_after
        ),
        default=None,
    )


def period_value(
    history: Sequence[Observation], inside: Sequence[Observation], *, counter: bool
) -> Decimal:
    """The sum, or what each source of a counter rose by since its reading before."""
    if not counter:
        return sum((one.value for one in inside), Decimal(0))
    rise = Decimal(0)
    for one in inside:
        earlier = [r for r in history if r.source == one.source and r.place < one.place]
        if earlier:
            before = earlier[-1].value
            rise += one.value - before if one.value >= before else one.value
    return rise


def judged_of(
    policies: Sequence[Policy],
    history: Sequence[Observation],
    front: datetime,
    *,
    counter: bool,
) -> list[Observation]:
    """What is judged of the readings by `front`: hours and days of UTC, or the readings."""
    lengths = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
    judged = []
    for one in history:
        by = policy_of(policies, one.observed_at)
        if by is not None and by.period is None:
            judged.append(one)
    for period, length in lengths.items():
        ends = {_MIDNIGHT + ((r.observed_at - _MIDNIGHT) // length + 1) * length for r in history}
        for end in ends:
            by = policy_of(policies, end)
            if by is None or by.period != period or end > front:
                continue
            inside = [r for r in history if end - length <= r.observed_at < end]
            judged.append(Observation(end, period_value(history, inside, counter=counter)))
    return sorted(judged, key=lambda one: one.place)


def heard_after(history: Sequence[Observation], last: Observation, at_latest: datetime) -> datetime:
    """When the first reading came after what was judged last."""
    later = [r.observed_at for r in history if r.place > last.place and r.observed_at < at_latest]
    return min(later, default=at_latest)


def bad_run(one: Rule, segment: Sequence[Observation]) -> list[Observation]:
    run: list[Observation] = []
    for reading in reversed(segment):
        if not one.is_breached_by(reading.value):
            break
        run.insert(0, reading)
    return run


def has_fired(one: Rule, run: Sequence[Observation]) -> bool:
    return (
        bool(run)
        and len(run) >= one.for_readings
        and (run[-1].observed_at - run[0].observed_at >= one.for_duration)
    )


def episodes_of(  # noqa: C901 - one walk, told whole so that it can be checked by eye
    policies: Sequence[Policy],
    readings: Sequence[Observation],
    silent_until: datetime | None,
    history: Sequence[Observation] = (),
) -> list[BreachEpisode]:
    """`readings` in the order of their places; nothing came after them until `silent_until`.

    Where they are the values of periods, `history` are the readings, that end silence.
    """
    story: list[BreachEpisode] = []
    begins: list[int] = []
    firing: list[Rule] = []
    segment: list[Observation] = []
    by: Policy | None = None

    def end(at: datetime, value: object, place: int) -> None:
        over = {"recovered_at": at, "value": value, "readings": place - begins[-1]}
        story[-1] = story[-1].model_copy(update=over)

    def is_open() -> bool:
        return bool(story) and story[-1].recovered_at is None

    def hush(place: int, before: datetime) -> None:
        nonlocal firing, segment
        silent = silence_after(policies, readings[place - 1].observed_at, before)
        if silent is not None:
            if is_open():
                end(silent, None, place)
            firing, segment = [], []

    for place, reading in enumerate(readings):
        if place:
            hush(place, heard_after(history, readings[place - 1], reading.observed_at))
        before, by = by, policy_of(policies, reading.observed_at)
        if by is None:
            continue
        if by is not before:
            worst = RANK[story[-1].severities[-1].severity] if is_open() else 0
            segment, firing = [], [rule for rule in by.rules if rule.rank <= worst]
        segment = [*segment, reading]
        firing = [
            rule
            for rule in by.rules
            if (rule in firing and not rule.is_recovered_by(reading.value))
            or has_fired(rule, bad_run(rule, segment))
        ]
        if not firing:
            if is_open():
                end(reading.observed_at, reading.value, place)
            continue
        severity = max((rule.severity for rule in firing), key=RANK.__getitem__)
        step = SeverityChange(
            severity=severity, value=reading.value, observed_at=reading.observed_at
        )
        if is_open():
            known = story[-1].severities
            if known[-1].severity != severity:
                story[-1] = story[-1].model_copy(update={"severities": (*known, step)})
            continue
        gravest = max(firing, key=lambda rule: (rule.rank, len(bad_run(rule, segment))))
        run = bad_run(gravest, segment)
        begins.append(place - len(run) + 1)
        story.append(
            BreachEpisode(
                opened_at=run[0].observed_at,
                rule=gravest.contract,
                trigger_readings=len(run),
                severities=(step,),
            )
        )
    if readings and silent_until is not None:
        hush(len(readings), heard_after(history, readings[-1], silent_until))
    return story
