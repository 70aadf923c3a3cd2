from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

CUSTOMER_SERVICE: Final = (
    ExampleObjective(
        slug="service-people-tell-others-about",
        department="customer-service",
        title="Service people tell others about",
        why="A complaint settled well keeps a customer longer than none at all.",
        kind="aspirational",
        level="department",
        key_results=(
            increase(
                "satisfaction",
                "Customers content with the answer they got",
                "%",
                "86",
                "95",
                kpi="customer-satisfaction-score",
            ),
            increase(
                "one-day",
                "Questions settled within a working day",
                "%",
                "70",
                "90",
                kpi="one-day-resolution-rate",
            ),
            decrease(
                "waiting",
                "Seconds a caller waits",
                "seconds",
                "140",
                "60",
                kpi="call-waiting-time",
            ),
        ),
    ),
    ExampleObjective(
        slug="settled-in-one-conversation",
        department="customer-service",
        title="Settle it in the first conversation",
        why="Nobody likes to tell the same story twice.",
        kind="committed",
        level="team",
        key_results=(
            increase(
                "first-call",
                "Matters settled at the first contact",
                "%",
                "68",
                "78",
                kpi="first-call-resolution",
            ),
            stay(
                "handling-time",
                "A conversation takes as long as it needs, and no longer",
                "minutes",
                above="3",
                below="7",
                kpi="average-handling-time",
            ),
        ),
    ),
    ExampleObjective(
        slug="answers-before-the-question",
        department="customer-service",
        title="Answers people find before they have to ask",
        why="The best call is the one that nobody needed to make.",
        kind="aspirational",
        level="team",
        key_results=(
            decrease(
                "contacts",
                "Contacts for each hundred orders",
                "contacts",
                "22",
                change="-20",
                rate="per hundred orders",
                kpi="contact-rate",
            ),
            increase(
                "self-service",
                "Matters that customers settle by themselves",
                "%",
                "30",
                "45",
                kpi="self-service-rate",
            ),
            decrease(
                "reopened",
                "Matters that come back after they were closed",
                "%",
                "9",
                "5",
                kpi="reopened-rate",
            ),
        ),
    ),
)
