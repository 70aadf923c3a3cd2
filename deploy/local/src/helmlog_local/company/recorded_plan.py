"""A plan to go with the recorded readings: quarters that they fall into.

The readings are real, the plan is not: nobody recorded what those who made them had set out to do.
"""

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
    StayBelow,
    StayWithin,
)

_CITY = "The city counts on us"
_EVENINGS = "More passengers on Tuesday evenings"
_FLEET = "The fleet is where the people are"
_DRIVERS = "Drivers stay"
_RETAINED = "Drivers with us for more than a year"
_DISPATCH = ("Forecast by quarter of the city", "Trial with one depot", "All depots")


def recorded_plan() -> Plan:
    return Plan(
        cycles=(
            Cycle("2011-Q3", date(2011, 7, 1), date(2011, 9, 30), (_advertising(),)),
            Cycle("2014-Q1", date(2014, 1, 1), date(2014, 3, 31), (_production(), _platform())),
            Cycle(
                "2014-Q4", date(2014, 10, 1), date(2014, 12, 31), (_city(), _fleet(), _drivers())
            ),
        ),
        shown="2014-Q4",
        correction=LateCorrection(
            key_result=_RETAINED,
            week=6,
            value="418",
            narrative="Counted again: those on leave had been taken for gone in week 6.",
        ),
    )


def _advertising() -> Objective:
    return Objective(
        title="Advertising that pays for itself",
        why="Money saved on a click is money for better vehicles.",
        kind="committed",
        level="department",
        team="Marketing",
        owner="Head of Marketing",
        key_results=(
            KeyResult(
                "Cost per click",
                Decrease("0.110", "0.090"),
                "Campaign Team",
                unit="USD",
                kpi="cost-per-click",
            ),
            KeyResult(
                "A thousand impressions stay affordable",
                StayBelow("1.50"),
                "Campaign Team",
                unit="USD",
                kpi="cost-per-mille",
            ),
        ),
    )


def _production() -> Objective:
    return Objective(
        title="Machines that tell before they fail",
        why="A planned stop costs an hour, an unplanned one a week.",
        kind="committed",
        level="department",
        team="Production",
        owner="Head of Production",
        key_results=(
            KeyResult(
                "Machine temperature stays in its band",
                StayWithin("70", "105"),
                "Maintenance Team",
                unit="°F",
                kpi="machine-temperature",
            ),
            KeyResult(
                "Machines with a spare sensor",
                Increase("4", "16"),
                "Maintenance Team",
                unit="machines",
                check_ins=_values(("4", "6", "9", "11", "14", "15"), "Fitted so far."),
            ),
        ),
    )


def _platform() -> Objective:
    return Objective(
        title="Booking answers at once",
        why="Who waits, calls somebody else.",
        kind="committed",
        level="team",
        team="Platform",
        owner="Head of Platform",
        contributes_to="Machines that tell before they fail",
        key_results=(
            KeyResult(
                "Latency stays in its band",
                StayWithin("38", "52"),
                "Platform Team",
                unit="ms",
                kpi="request-latency",
            ),
        ),
    )


def _city() -> Objective:
    return Objective(
        title=_CITY,
        why="A city that counts on us does not count its own cars.",
        kind="aspirational",
        level="company",
        team="Company",
        owner="Managing Director",
        key_results=(
            KeyResult(
                _EVENINGS,
                Increase("22000", "25000"),
                "Head of Sales",
                unit="passengers",
                rate="per half-hour",
                weight="2",
                kpi="taxi-demand",
            ),
            KeyResult(
                "Complaints",
                Decrease("90", "60"),
                "Head of Customer Care",
                unit="complaints",
                rate="per week",
                check_ins=_values(("88", "85", "79", "81", "74", "70"), "Of the week before."),
            ),
        ),
    )


def _fleet() -> Objective:
    return Objective(
        title=_FLEET,
        why="An empty car and a waiting passenger are the same mistake.",
        kind="committed",
        level="department",
        team="Fleet Operations",
        owner="Head of Fleet Operations",
        contributes_to=_EVENINGS,
        key_results=(
            KeyResult(
                "Demand stays what the fleet can carry",
                StayWithin("3000", "27000"),
                "Dispatch Team",
                unit="passengers",
                rate="per half-hour",
                kpi="taxi-demand",
            ),
            KeyResult(
                "Dispatch by forecast",
                Milestones(tuple(zip(_DISPATCH, ("2", "1", "3"), strict=True))),
                "Dispatch Team",
                check_ins=tuple(
                    CheckIn(
                        week=2 * place,
                        narrative=f"{done} of {len(_DISPATCH)} steps done.",
                        done=_DISPATCH[:done],
                        confidence=5 + done,
                    )
                    for place, done in enumerate((0, 1, 1, 2, 2, 2), start=1)
                ),
            ),
        ),
    )


def _drivers() -> Objective:
    return Objective(
        title=_DRIVERS,
        why="Who knows the city brings people there sooner.",
        kind="aspirational",
        level="team",
        team="Driver Relations",
        owner="Head of Driver Relations",
        contributes_to=_FLEET,
        key_results=(
            KeyResult(
                _RETAINED,
                Increase("400", "440"),
                "Head of Driver Relations",
                unit="drivers",
                check_ins=_values(("402", "405", "406", "421", "427", "431"), "At the Sunday."),
            ),
            KeyResult(
                "Shifts swapped without a call",
                Increase("10", "50"),
                "Shift Planning",
                unit="%",
                check_ins=_values(("12", "15", "22", "25", "33", "41"), "Of all swaps."),
            ),
        ),
    )


def _values(values: tuple[str, ...], narrative: str) -> tuple[CheckIn, ...]:
    return tuple(
        CheckIn(week=2 * place, narrative=narrative, value=value, confidence=6)
        for place, value in enumerate(values, start=1)
    )
