from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

OPERATIONS: Final = (
    ExampleObjective(
        slug="more-from-what-we-have",
        department="operations",
        title="Make more of the machines and hands we have",
        why="The cheapest capacity is the one that stands idle.",
        kind="committed",
        level="department",
        key_results=(
            increase(
                "output",
                "Units finished with the same means",
                "units",
                "4000",
                change="15",
                rate="per week",
                kpi="production-output",
            ),
            increase(
                "efficiency",
                "Output in proportion to what is put in",
                "%",
                "78",
                "86",
                kpi="production-efficiency",
            ),
            decrease(
                "downtime",
                "Hours in which machines stand still unplanned",
                "hours",
                "32",
                change="-25",
                rate="per month",
                kpi="machine-downtime",
            ),
        ),
    ),
    ExampleObjective(
        slug="right-the-first-time",
        department="operations",
        title="Right the first time",
        why="A defect is paid for twice: when it is made and when it is mended.",
        kind="committed",
        level="team",
        key_results=(
            increase(
                "quality", "Parts that need no rework", "%", "94.0", "98.0", kpi="quality-rate"
            ),
            decrease(
                "defects",
                "Defects that reach the customer",
                "defects",
                "40",
                change="-30",
                rate="per thousand units",
                kpi="defect-rate",
            ),
        ),
    ),
    ExampleObjective(
        slug="goods-that-move",
        department="operations",
        title="Goods that move and arrive when promised",
        why="What lies on a shelf is money that cannot be spent.",
        kind="aspirational",
        level="department",
        key_results=(
            increase(
                "turnover",
                "How often the stock is sold and replaced",
                "turns",
                "5.0",
                "6.5",
                rate="per year",
                kpi="inventory-turnover",
            ),
            increase(
                "on-time",
                "Orders that arrive on the day agreed",
                "%",
                "91",
                "97",
                kpi="on-time-delivery",
            ),
            stay(
                "stock-outs",
                "Orders that wait for a missing article stay rare",
                "%",
                below="2",
                kpi="stock-out-rate",
            ),
        ),
    ),
)
