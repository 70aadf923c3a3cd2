"""What the made-up company set out to do in three quarters, and how it said it went."""

from dataclasses import dataclass
from datetime import date

from helmlog_local.company.plan import (
    CheckIn,
    Cycle,
    Decrease,
    Increase,
    KeyResult,
    LateCorrection,
    Milestones,
    Objective,
    Plan,
    StayAbove,
    StayWithin,
)

_GROW = "Grow without losing the customer"
_SATISFACTION = "Customers stay as content as they are"
_CHECKOUT = "A checkout that makes nobody wait"
_DELIVERY = "Parcels arrive when they were promised"
_LEADS = "Leads that sales likes to call"
_CARE = "Settle it in the first conversation"
_SEARCH = "Learn what people look for in vain"
_ACCEPTED = "Leads accepted by sales"

_REBUILD = ("Load test on real traffic", "Caches warmed before sales", "Old payment path removed")


@dataclass(frozen=True, slots=True)
class _Figures:
    """What differs from quarter to quarter. Pairs are (baseline, target); the lists of check-ins
    hold one value each second week.
    """

    growth: tuple[str, str]
    content: str
    latency: tuple[str, str]
    conversion: tuple[str, str]
    on_time: tuple[str, str]
    turnover: tuple[str, str]
    cost: tuple[str, str]
    waiting: tuple[str, str]
    first_call: tuple[str, str]
    accepted: tuple[str, str]
    accepted_check_ins: tuple[str, ...]
    milestones_done: tuple[int, ...]
    interviews: tuple[str, ...]
    trained: tuple[str, ...]


def generated_plan() -> Plan:
    return Plan(
        cycles=(
            _quarter("2024-Q1", date(2024, 1, 1), date(2024, 3, 31), _FIRST),
            _quarter("2024-Q2", date(2024, 4, 1), date(2024, 6, 30), _SECOND),
            _quarter("2024-Q3", date(2024, 7, 1), date(2024, 9, 30), _THIRD),
        ),
        shown="2024-Q3",
        correction=LateCorrection(
            key_result=_ACCEPTED,
            week=6,
            value="28",
            narrative="Counted again: three a day had been entered twice in week 6.",
        ),
    )


_FIRST = _Figures(
    growth=("4.6", "5.5"),
    content="80",
    latency=("470", "430"),
    conversion=("2.75", "3.00"),
    on_time=("92.0", "93.0"),
    turnover=("5.1", "5.3"),
    cost=("32.0", "29.5"),
    waiting=("4.9", "4.4"),
    first_call=("69.0", "70.5"),
    accepted=("16", "20"),
    accepted_check_ins=("16", "17", "17", "18", "18", "19"),
    milestones_done=(0, 0, 1, 1, 1, 1),
    interviews=("0", "2", "4", "5", "8", "9"),
    trained=("0", "4", "9", "9", "13", "18"),
)
_SECOND = _Figures(
    growth=("5.6", "6.6"),
    content="81",
    latency=("435", "405"),
    conversion=("3.00", "3.25"),
    on_time=("93.1", "94.2"),
    turnover=("5.3", "5.5"),
    cost=("29.5", "27.5"),
    waiting=("4.4", "3.9"),
    first_call=("70.3", "71.8"),
    accepted=("19", "24"),
    accepted_check_ins=("19", "20", "20", "22", "23", "24"),
    milestones_done=(0, 1, 1, 1, 2, 2),
    interviews=("0", "3", "3", "6", "9", "12"),
    trained=("2", "5", "11", "16", "20", "20"),
)
_THIRD = _Figures(
    growth=("6.6", "8.0"),
    content="82",
    latency=("405", "370"),
    conversion=("3.25", "3.60"),
    on_time=("94.2", "96.0"),
    turnover=("5.5", "5.8"),
    cost=("27.5", "25.0"),
    waiting=("3.9", "3.3"),
    first_call=("71.5", "74.0"),
    accepted=("22", "35"),
    accepted_check_ins=("23", "25", "31", "29", "31", "33"),
    milestones_done=(0, 1, 1, 2, 2, 2),
    interviews=("1", "3", "5", "7", "8", "11"),
    trained=("3", "8", "12", "15", "15", "18"),
)


def _quarter(name: str, starts_on: date, ends_on: date, figures: _Figures) -> Cycle:
    objectives = (_grow, _checkout, _delivery, _leads, _care, _search)
    return Cycle(name, starts_on, ends_on, tuple(objective(figures) for objective in objectives))


def _grow(figures: _Figures) -> Objective:
    return Objective(
        title=_GROW,
        why="We live from those who come back; growth that costs them is borrowed.",
        kind="aspirational",
        level="company",
        team="Company",
        owner="Managing Director",
        key_results=(
            KeyResult(
                "Sales growth on the year before",
                Increase(*figures.growth),
                "Head of Sales",
                unit="%",
                weight="2",
                kpi="sales-growth",
            ),
            KeyResult(
                _SATISFACTION,
                StayAbove(figures.content),
                "Head of Customer Care",
                unit="%",
                kpi="customer-satisfaction",
            ),
            KeyResult(
                "More visits end in an order",
                Increase(*figures.conversion),
                "Head of E-Commerce",
                unit="%",
                kpi="web-conversion",
            ),
        ),
    )


def _checkout(figures: _Figures) -> Objective:
    steps = Milestones(tuple(zip(_REBUILD, ("2", "1", "3"), strict=True)))
    return Objective(
        title=_CHECKOUT,
        why="Every tenth of a second at the checkout costs orders.",
        kind="committed",
        level="department",
        team="Web Platform",
        owner="Head of Web Platform",
        contributes_to=_GROW,
        key_results=(
            KeyResult(
                "Checkout latency in the evening",
                Decrease(*figures.latency),
                "Head of Web Platform",
                unit="ms",
                weight="2",
                kpi="checkout-latency",
            ),
            KeyResult(
                "Checkout rebuilt for peaks",
                steps,
                "Checkout Team",
                check_ins=tuple(
                    CheckIn(
                        week=2 * place,
                        narrative=f"{done} of {len(_REBUILD)} steps done.",
                        done=_REBUILD[:done],
                        confidence=5 + done,
                    )
                    for place, done in enumerate(figures.milestones_done, start=1)
                ),
            ),
        ),
    )


def _delivery(figures: _Figures) -> Objective:
    return Objective(
        title=_DELIVERY,
        why="A promise kept is what customers tell others about.",
        kind="committed",
        level="department",
        team="Logistics",
        owner="Head of Logistics",
        contributes_to=_SATISFACTION,
        key_results=(
            KeyResult(
                "Parcels on time",
                Increase(*figures.on_time),
                "Head of Logistics",
                unit="%",
                weight="2",
                kpi="on-time-delivery",
            ),
            KeyResult(
                "Provisions stay cold, not frozen",
                StayWithin("3.5", "4.9"),
                "Warehouse Team",
                unit="°C",
                kpi="cold-store-temperature",
            ),
            KeyResult(
                "Stock turns over faster",
                Increase(*figures.turnover),
                "Purchasing Team",
                unit="turns a year",
                kpi="inventory-turnover",
            ),
        ),
    )


def _leads(figures: _Figures) -> Objective:
    return Objective(
        title=_LEADS,
        why="Half of what marketing wins is never called.",
        kind="aspirational",
        level="department",
        team="Marketing",
        owner="Head of Marketing",
        contributes_to=_GROW,
        key_results=(
            KeyResult(
                _ACCEPTED,
                Increase(*figures.accepted),
                "Head of Marketing",
                unit="leads",
                rate="per day",
                check_ins=_values(figures.accepted_check_ins, "Mean of the last two weeks."),
            ),
            KeyResult(
                "Cost per lead",
                Decrease(*figures.cost),
                "Campaign Team",
                unit="EUR",
                kpi="cost-per-lead",
            ),
        ),
    )


def _care(figures: _Figures) -> Objective:
    return Objective(
        title=_CARE,
        why="Nobody likes to explain twice.",
        kind="committed",
        level="team",
        team="Customer Care",
        owner="Head of Customer Care",
        contributes_to=_SATISFACTION,
        key_results=(
            KeyResult(
                "Settled in the first conversation",
                Increase(*figures.first_call),
                "Head of Customer Care",
                unit="%",
                kpi="first-call-resolution",
            ),
            KeyResult(
                "Waiting time on Sunday evenings",
                Decrease(*figures.waiting),
                "Shift Planning",
                unit="min",
                kpi="support-waiting-time",
            ),
            KeyResult(
                "Colleagues who may settle claims",
                Increase("0", "20"),
                "Training Team",
                unit="colleagues",
                check_ins=_values(figures.trained, "Those who have passed."),
            ),
        ),
    )


def _search(figures: _Figures) -> Objective:
    return Objective(
        title=_SEARCH,
        why="We guess at it; a guess is no plan.",
        kind="learning",
        level="team",
        team="Search",
        owner="Search Team",
        contributes_to=_CHECKOUT,
        key_results=(
            KeyResult(
                "Customers interviewed",
                Increase("0", "12"),
                "Search Team",
                unit="interviews",
                check_ins=_values(figures.interviews, "Talks held so far."),
            ),
        ),
    )


def _values(values: tuple[str, ...], narrative: str) -> tuple[CheckIn, ...]:
    return tuple(
        CheckIn(week=2 * place, narrative=narrative, value=value, confidence=6)
        for place, value in enumerate(values, start=1)
    )
