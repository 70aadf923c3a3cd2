from __future__ import annotations

from typing import Final

from okr_service.domain.catalogue.example import ExampleObjective, decrease, increase, stay

MARKETING: Final = (
    ExampleObjective(
        slug="be-the-name-that-comes-to-mind",
        department="marketing",
        title="Be the name that comes to mind first",
        why="People ask those they have heard of.",
        kind="aspirational",
        level="department",
        key_results=(
            increase(
                "website-visits",
                "More people find the website by searching",
                "visits",
                "20000",
                change="30",
                rate="per month",
                kpi="website-traffic",
            ),
            increase(
                "engagement",
                "Posts that people answer and pass on",
                "%",
                "2.0",
                "3.0",
                kpi="social-media-engagement",
            ),
            increase(
                "known-unaided",
                "Buyers who name us without being prompted",
                "%",
                "12",
                "18",
                kpi="brand-awareness",
            ),
        ),
    ),
    ExampleObjective(
        slug="leads-that-sales-wants",
        department="marketing",
        title="Leads that sales is glad to call",
        why="A lead that nobody calls has cost the same as one that buys.",
        kind="committed",
        level="department",
        key_results=(
            increase(
                "inbound-leads",
                "Leads that come by themselves",
                "leads",
                "0",
                "1000",
                rate="per quarter",
                kpi="inbound-leads",
            ),
            increase(
                "accepted-leads",
                "Leads that sales accepts",
                "%",
                "45",
                "60",
                kpi="lead-acceptance-rate",
            ),
            decrease(
                "cost-per-lead", "What a lead costs", "EUR", "48", change="-15", kpi="cost-per-lead"
            ),
        ),
    ),
    ExampleObjective(
        slug="every-campaign-earns-its-money",
        department="marketing",
        title="Every campaign earns more than it costs",
        why="Money that brings nothing back is missing where it would.",
        kind="committed",
        level="team",
        key_results=(
            increase(
                "return",
                "What comes back for each euro spent",
                "EUR",
                "3.2",
                "4.5",
                kpi="return-on-marketing-investment",
            ),
            stay(
                "acquisition-cost",
                "A new customer costs no more than in the plan",
                "EUR",
                below="900",
                kpi="customer-acquisition-cost",
            ),
        ),
    ),
)
