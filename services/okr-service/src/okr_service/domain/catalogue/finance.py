from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

FINANCE: Final = (
    ExampleObjective(
        slug="spend-less-lose-nothing",
        department="finance",
        title="Spend less and lose nothing by it",
        why="What is saved here is there for what only we can do.",
        kind="committed",
        level="company",
        key_results=(
            decrease(
                "operating-cost",
                "The running costs of a month",
                "EUR",
                "400000",
                change="-10",
                kpi="operating-expenses",
            ),
            stay(
                "productivity",
                "Output for each hour worked stays where it is",
                "%",
                above="100",
                kpi="labour-productivity",
            ),
            increase(
                "margin", "What is left of each euro", "%", "7.5", "9.0", kpi="net-profit-margin"
            ),
        ),
    ),
    ExampleObjective(
        slug="books-that-keep-themselves",
        department="finance",
        title="Books that nearly keep themselves",
        why="People who type figures have no time to ask what they mean.",
        kind="aspirational",
        level="department",
        key_results=(
            increase("automated", "Recurring bookings that need no hand", "%", "10", "40"),
            decrease(
                "invoice-time",
                "From an invoice's arrival to its payment order",
                "days",
                "10",
                change="-20",
                kpi="invoice-processing-time",
            ),
            decrease(
                "closing-time",
                "Closing a month's books",
                "working days",
                "9",
                "5",
                kpi="days-to-close",
            ),
        ),
    ),
    ExampleObjective(
        slug="room-to-breathe",
        department="finance",
        title="Room to breathe when a quarter turns out badly",
        why="Whoever has to borrow in a storm pays for the storm.",
        kind="committed",
        level="company",
        key_results=(
            increase(
                "cash-flow",
                "Cash that the business itself brings in",
                "EUR",
                "250000",
                change="12",
                rate="per month",
                kpi="operating-cash-flow",
            ),
            stay(
                "debt",
                "Debt stays in proportion to what is our own",
                "ratio",
                below="1.2",
                kpi="debt-to-equity-ratio",
            ),
            decrease(
                "outstanding",
                "Customers pay sooner",
                "days",
                "47",
                "38",
                kpi="days-sales-outstanding",
            ),
        ),
    ),
)
