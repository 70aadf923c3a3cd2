"""A small quarter across three logs, told day by day."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts import alignment, kpi, okr
from helmlog_events.ids import new_id, stream_id

from tests.audit.house import House, at

RULE = kpi.ThresholdRule(
    severity="critical", when="below", value=Decimal(5000), recover=Decimal(6000), for_readings=3
)


def _episode(opened: float, ended: float | None) -> kpi.BreachEpisode:
    change = kpi.SeverityChange(severity="critical", value=Decimal(4000), observed_at=at(opened))
    return kpi.BreachEpisode(
        opened_at=at(opened),
        rule=RULE,
        trigger_readings=3,
        severities=(change,),
        recovered_at=None if ended is None else at(ended),
        value=None if ended is None else Decimal(7000),
        readings=None if ended is None else 5,
    )


@dataclass
class Quarter:
    """Ids of the things in it, and how to tell of them."""

    house: House
    cycle: UUID = field(default_factory=new_id)
    objective: UUID = field(default_factory=new_id)
    key_result: UUID = field(default_factory=new_id)
    kpi: UUID = field(default_factory=new_id)
    breach: UUID = field(default_factory=new_id)

    async def open(self, *, day: float = 0) -> None:
        opened = okr.CycleOpened(
            cycle_id=self.cycle,
            name="FY26-Q1",
            kind="quarter",
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 3, 31),
            timezone="UTC",
        )
        activated = okr.CycleActivated(cycle_id=self.cycle)
        await self.house.say("okr", stream_id("cycle", self.cycle), opened, activated, day=day)

    async def draft(self, *, day: float = 0) -> None:
        drafted = okr.ObjectiveDrafted(
            objective_id=self.objective,
            cycle_id=self.cycle,
            title="Carry more people",
            why="they wait",
            kind="committed",
            level="company",
            origin="assigned",
        )
        await self.house.say("okr", stream_id("objective", self.objective), drafted, day=day)

    async def accept(self, *, day: float = 1) -> None:
        stream = stream_id("objective", self.objective)
        proposed = okr.ObjectiveProposed(objective_id=self.objective, cycle_id=self.cycle)
        accepted = okr.ObjectiveAccepted(objective_id=self.objective, cycle_id=self.cycle)
        await self.house.say("okr", stream, proposed, accepted, day=day)

    async def bind(self, *, day: float = 1) -> None:
        added = okr.KeyResultAdded(
            key_result_id=self.key_result,
            objective_id=self.objective,
            cycle_id=self.cycle,
            title="Passengers",
            metric="increase",
            baseline=Decimal(10000),
            target=Decimal(20000),
            weight=Decimal(1),
            kpi_id=self.kpi,
        )
        await self.house.say("okr", stream_id("key_result", self.key_result), added, day=day)

    async def revise(self, *, target: str, title: str, day: float) -> None:
        """Both the objective's title and the key result's target, with reasons."""
        before = okr.KeyResultDefinition(
            title="Passengers",
            metric="increase",
            baseline=Decimal(10000),
            target=Decimal(20000),
            weight=Decimal(1),
            kpi_id=self.kpi,
        )
        rebased = okr.KeyResultRevised(
            key_result_id=self.key_result,
            objective_id=self.objective,
            cycle_id=self.cycle,
            reason="a new line was opened",
            before=before,
            after=before.model_copy(update={"target": Decimal(target)}),
            rebased=True,
        )
        await self.house.say("okr", stream_id("key_result", self.key_result), rebased, day=day)
        was = okr.ObjectiveDefinition(
            title="Carry more people", why="they wait", kind="committed", level="company"
        )
        renamed = okr.ObjectiveRevised(
            objective_id=self.objective,
            cycle_id=self.cycle,
            reason="to say what for",
            before=was,
            after=was.model_copy(update={"title": title}),
        )
        await self.house.say("okr", stream_id("objective", self.objective), renamed, day=day)

    async def reopen(self, *, day: float) -> None:
        stream = stream_id("cycle", self.cycle)
        closed = okr.CycleClosed(cycle_id=self.cycle)
        reopened = okr.CycleReopened(cycle_id=self.cycle, reason="a number was wrong")
        await self.house.say("okr", stream, closed, reopened, day=day)

    async def grade_late(self, grade: str, *, day: float) -> None:
        graded = okr.KeyResultGraded(
            key_result_id=self.key_result,
            objective_id=self.objective,
            cycle_id=self.cycle,
            late_correction=True,
            grade=Decimal(grade),
            suggested=Decimal("0.5"),
            reason="counted twice",
        )
        await self.house.say("okr", stream_id("key_result", self.key_result), graded, day=day)

    async def update(self, progress: str, *, day: float) -> None:
        updated = okr.KeyResultUpdated(
            key_result_id=self.key_result,
            objective_id=self.objective,
            cycle_id=self.cycle,
            source="kpi",
            value=Decimal(progress) * 10000 + 10000,
            progress=Decimal(progress),
            progress_raw=Decimal(progress),
            expected_progress=Decimal("0.5"),
            status="on_track",
            status_rule="computed",
            kpi_id=self.kpi,
            observed_at=at(day),
            cause="kpi/3",
        )
        await self.house.say("okr", stream_id("key_result", self.key_result), updated, day=day)

    async def define(self, *, day: float = -30) -> None:
        defined = kpi.KPIDefined(
            kpi_id=self.kpi,
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
        await self.house.say("kpi", stream_id("kpi", self.kpi), defined, day=day)

    async def value(self, value: int, *, day: float) -> None:
        changed = kpi.KPIValueChanged(kpi_id=self.kpi, value=Decimal(value), observed_at=at(day))
        await self.house.say("kpi", stream_id("kpi", self.kpi), changed, day=day)

    async def break_threshold(self, *, day: float) -> None:
        breached = kpi.KPIThresholdBreached(
            breach_id=self.breach,
            kpi_id=self.kpi,
            severity="critical",
            rule=RULE,
            value=Decimal(4000),
            opened_at=at(day),
            observed_at=at(day),
            readings=3,
        )
        at_risk = alignment.ObjectiveAtRisk(
            objective_id=self.objective,
            cycle_id=self.cycle,
            key_result_id=self.key_result,
            kpi_id=self.kpi,
            breach_id=self.breach,
            severity="critical",
            since=at(day),
            cause="kpi/4",
        )
        await self.house.say("kpi", stream_id("kpi", self.kpi), breached, day=day)
        await self.house.say("alignment", f"risk-{self.objective}.{self.breach}", at_risk, day=day)

    async def revise_breach(
        self, *, since: float, opened: float | None, ended: float | None = None
    ) -> None:
        """Late readings made a breach of these days of it, or none, which differs `since`."""
        after = None if opened is None else _episode(opened, ended)
        revised = kpi.KPIBreachRevised(
            breach_id=self.breach, kpi_id=self.kpi, before=_episode(20, 40), after=after
        )
        await self.house.say("kpi", stream_id("kpi", self.kpi), revised, day=since)

    async def recover(self, *, day: float) -> None:
        recovered = kpi.KPIThresholdRecovered(
            breach_id=self.breach,
            kpi_id=self.kpi,
            severity="critical",
            value=Decimal(7000),
            observed_at=at(day),
            readings=5,
        )
        cleared = alignment.RiskCleared(
            objective_id=self.objective,
            cycle_id=self.cycle,
            key_result_id=self.key_result,
            kpi_id=self.kpi,
            breach_id=self.breach,
            cause="kpi/6",
        )
        await self.house.say("kpi", stream_id("kpi", self.kpi), recovered, day=day)
        await self.house.say("alignment", f"risk-{self.objective}.{self.breach}", cleared, day=day)

    async def roll_up(self, value: str, *, day: float) -> None:
        changed = alignment.RollUpChanged(
            node=alignment.Node(type="objective", id=self.objective),
            cycle_id=self.cycle,
            roll_up=Decimal(value),
            previous=None,
            cause="okr/7",
        )
        await self.house.say("alignment", f"roll_up-{self.objective}", changed, day=day)

    async def play(self) -> None:
        await self.define()
        await self.open()
        await self.draft()
        await self.accept()
        await self.bind()
        await self.value(12000, day=10)
        await self.update("0.2", day=10)
        await self.roll_up("0.200000", day=10)
        await self.break_threshold(day=20)
        await self.value(15000, day=30)
        await self.update("0.5", day=30)
        await self.roll_up("0.500000", day=30)
        await self.recover(day=40)
