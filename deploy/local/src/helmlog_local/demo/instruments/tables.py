"""The chapter on the company's instruments, as tables."""

from rich.console import Console

from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.company.load import Company
from helmlog_local.demo.instruments.analysis_tables import (
    show_courses,
    show_derived,
    show_foretold,
    show_tried,
)
from helmlog_local.demo.instruments.catalogue_tables import show_catalogue
from helmlog_local.demo.instruments.chapter import Instruments
from helmlog_local.demo.instruments.feed_tables import show_dealt, show_feed
from helmlog_local.demo.screen import heading


def introduce(console: Console) -> None:
    heading(
        console,
        "The instruments, and how far they can be trusted",
        "A catalogue of KPIs, feeds with their faults, breaches and what people do about them, "
        "what KPIs come to by the end of a period.",
    )


def show_instruments(
    console: Console, company: Company, file: KPIFile, instruments: Instruments
) -> None:
    show_catalogue(console, file, instruments.imported)
    show_feed(console, instruments.fed)
    show_dealt(console, instruments.dealt)
    show_courses(console, company, instruments.charts)
    show_tried(console, instruments.tried)
    show_foretold(console, instruments.foretold)
    show_derived(console, instruments.derived)
    entries = sum(log["entries"] for log in instruments.verification["logs"])
    holds = "[green]hold[/]" if instruments.verification["holds"] else "[red]do not hold[/]"
    console.print(
        f"All {entries:,} entries of all logs, these included, {holds}. "
        f"The chapter took {instruments.seconds:.0f} s."
    )
