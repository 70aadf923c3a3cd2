"""What must be so after a quarter was kept, and is not."""

from collections.abc import Iterator
from decimal import Decimal

from helmlog_local.company.okr_file import OkrFile
from helmlog_local.demo.quarter.kept import SECTIONS, Kept
from helmlog_local.demo.quarter.listening import gaps


def shortcomings(file: OkrFile, kept: Kept) -> Iterator[str]:
    """A sentence for each."""
    yield from _of_the_file(file, kept)
    yield from _of_the_reading(file, kept)
    yield from gaps(kept.heard, kept.written)
    if not kept.verification["holds"]:
        yield "the log does not hold after the quarter"


def _of_the_file(file: OkrFile, kept: Kept) -> Iterator[str]:
    counts, first, again = file.counts(), kept.brought.first.answer, kept.brought.again.answer
    stated = {
        "objectives": counts.objectives,
        "key_results": counts.key_results,
        "grades": counts.grades,
    }
    created = {name: first["created"][name] for name in stated}
    if created != stated:
        yield f"the file states {_said(stated)}, and the import created {_said(created)}"
    if first["rejected"]:
        yield f"{len(first['rejected'])} rows were refused: {first['rejected'][0]['reason']}"
    if any((*again["created"].values(), *again["updated"].values())):
        yield "the same file, imported again, changed something"
    if again["unchanged"] != first["created"]:
        yield "the same file, imported again, was not recognised row by row"
    if kept.brought.exported != file.content:
        yield "the export differs from the file that was imported"


def _of_the_reading(file: OkrFile, kept: Kept) -> Iterator[str]:
    counts, changed, seen = file.counts(), kept.changed, kept.seen
    expected = (
        counts.objectives + 1,
        counts.key_results + len(changed.instantiated["key_results"]),
    )
    shown = (seen.tree["objectives"], seen.tree["key_results"])
    if shown != expected:
        yield "the tree holds {} objectives and {} key results, {} and {} were told".format(
            *shown, *expected
        )
    summary = seen.retrospective["summary"]
    if sum(summary[section] for section in SECTIONS) != expected[0]:
        yield "the retrospective's sections do not add up to the objectives of the tree"
    if summary["carried_over"] != 1:
        yield f"one objective was carried over, the retrospective shows {summary['carried_over']}"
    if changed.carried_to["copied_from"]["id"] != changed.carried.id:
        yield "what was carried over does not say where it comes from"
    if not seen.found:
        yield f"the search for '{file.story.searched}' finds nothing"
    before, after = seen.before.shown, seen.after.shown
    if Decimal(before["target"]) == Decimal(after["target"]):
        yield "the new target holds before it was to hold, or not at all"
    if before["progress"] == after["progress"]:
        yield "the new target does not show in the progress"


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
