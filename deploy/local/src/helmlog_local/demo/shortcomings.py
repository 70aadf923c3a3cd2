"""What must be so after a demo, and is not."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from helmlog_local.company.load import Company
from helmlog_local.company.series import tally
from helmlog_local.demo.looking_back import View
from helmlog_local.demo.outcome import Outcome


def shortcomings(company: Company, outcome: Outcome, views: Sequence[View]) -> Iterator[str]:
    """A sentence for each."""
    for series in company.series:
        sent, kept = tally(series.readings), outcome.stored[series.slug]
        if (sent.instants, sent.corrected) != (kept.instants, kept.corrected):
            yield (
                f"{series.slug}: {sent.instants} instants and {sent.corrected} corrections were "
                f"sent, {kept.instants} and {kept.corrected} can be read back"
            )
    if not any(outcome.breaches.values()):
        yield "no KPI has a breach, though every feed has its incidents"
    if not _moved(company, outcome):
        yield f"no key result of {company.shown.name} that follows a KPI has moved"
    for view in views:
        for title in view.differing:
            yield f"okr-service and audit-service differ on '{title}' as of '{view.title}'"
    if views[-1].measured == views[-2].measured:
        yield "the late correction does not show between what was known before and after it"
    if not outcome.verification["holds"]:
        yield "the log does not hold"


def _moved(company: Company, outcome: Outcome) -> bool:
    board = outcome.boards[company.shown.name]
    return any(
        part["kpi_id"] is not None
        and part["value"] is not None
        and (part["baseline"] is None or Decimal(part["value"]) != Decimal(part["baseline"]))
        for objective in board["objectives"]
        for part in objective["key_results"]
    )
