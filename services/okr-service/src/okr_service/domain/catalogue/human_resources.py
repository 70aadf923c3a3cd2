from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

HUMAN_RESOURCES: Final = (
    ExampleObjective(
        slug="a-place-people-speak-well-of",
        department="human-resources",
        title="A place people speak well of when they are at home",
        why="Work is done by those who want to do it.",
        kind="aspirational",
        level="company",
        key_results=(
            increase(
                "satisfaction",
                "People who say in the survey that they like to work here",
                "%",
                "78",
                "90",
                kpi="employee-satisfaction",
            ),
            decrease(
                "turnover",
                "Fewer people leave of their own accord",
                "%",
                "14",
                change="-15",
                kpi="employee-turnover",
            ),
            stay(
                "participation",
                "The survey speaks for nearly everybody",
                "%",
                above="80",
                kpi="survey-participation",
            ),
        ),
    ),
    ExampleObjective(
        slug="a-first-month-that-convinces",
        department="human-resources",
        title="A first month that convinces newcomers they chose well",
        why="Whoever leaves within the first year mostly decided it in the first weeks.",
        kind="committed",
        level="department",
        key_results=(
            increase(
                "onboarding-score",
                "How newcomers rate their first month",
                "%",
                "70",
                "95",
                kpi="onboarding-satisfaction",
            ),
            increase(
                "first-year",
                "Newcomers who are still here after a year",
                "%",
                "81",
                "90",
                kpi="first-year-retention",
            ),
        ),
    ),
    ExampleObjective(
        slug="the-right-people-in-time",
        department="human-resources",
        title="The right people, found in time",
        why="An empty chair is filled by the overtime of those beside it.",
        kind="committed",
        level="department",
        key_results=(
            decrease(
                "time-to-hire",
                "From advertisement to signature",
                "days",
                "55",
                "40",
                kpi="time-to-hire",
            ),
            increase(
                "offers-accepted",
                "Offers that are accepted",
                "%",
                "72",
                "85",
                kpi="offer-acceptance-rate",
            ),
            increase(
                "from-within",
                "Positions filled from among our own people",
                "%",
                "20",
                "35",
                kpi="internal-hire-rate",
            ),
        ),
    ),
)
