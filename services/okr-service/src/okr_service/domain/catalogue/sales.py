from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

SALES: Final = (
    ExampleObjective(
        slug="win-ground-in-the-market",
        department="sales",
        title="Win ground where competitors stand today",
        why="A market that grows without us makes us smaller every year.",
        kind="aspirational",
        level="department",
        key_results=(
            increase(
                "sales-growth",
                "Sales grow faster than in the quarter before",
                "%",
                "8",
                "20",
                kpi="sales-growth",
            ),
            increase("new-regions", "Regions with a first signed customer", "regions", "0", "2"),
            decrease(
                "sales-cycle",
                "From first call to signature in less time",
                "days",
                "60",
                change="-10",
                kpi="sales-cycle-length",
            ),
        ),
    ),
    ExampleObjective(
        slug="a-pipeline-that-holds",
        department="sales",
        title="A pipeline that next quarter can be built on",
        why="A forecast nobody believes is replaced by haste in the last two weeks.",
        kind="committed",
        level="department",
        key_results=(
            increase(
                "lead-conversion",
                "More qualified leads become customers",
                "%",
                "18",
                "24",
                kpi="lead-conversion-rate",
            ),
            increase(
                "coverage",
                "Open opportunities in proportion to next quarter's target",
                "times target",
                "1.8",
                "3",
                kpi="pipeline-coverage",
            ),
            stay(
                "forecast",
                "The monthly forecast is met or beaten",
                "%",
                above="90",
                kpi="forecast-accuracy",
            ),
        ),
    ),
    ExampleObjective(
        slug="customers-worth-keeping",
        department="sales",
        title="Customers who stay and buy more",
        why="Winning a customer costs several times what keeping one does.",
        kind="aspirational",
        level="team",
        key_results=(
            increase(
                "lifetime-value",
                "A customer is worth more over the years",
                "EUR",
                "12000",
                change="15",
                kpi="customer-lifetime-value",
            ),
            increase("renewals", "Contracts renewed on time", "%", "82", "90", kpi="renewal-rate"),
            increase(
                "second-product",
                "Customers who use a second product",
                "%",
                "25",
                "35",
                kpi="cross-selling-rate",
            ),
        ),
    ),
)
