"""What must be so after the chapter on instruments, and is not."""

from collections.abc import Iterator

from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.demo.instruments.chapter import Instruments
from helmlog_local.demo.instruments.dealing import Dealt
from helmlog_local.demo.instruments.deriving import Derived
from helmlog_local.demo.instruments.episodes import episodes
from helmlog_local.demo.instruments.feeding import Fed


def shortcomings(file: KPIFile, instruments: Instruments) -> Iterator[str]:
    """A sentence for each."""
    answer = instruments.imported.answer
    if answer["created"] != file.rows or answer["rejected"]:
        yield (
            f"the catalogue has {file.rows} rows, and the import created {answer['created']} KPIs "
            f"and refused {len(answer['rejected'])} rows"
        )
    if not answer["targets_understood"]:
        yield "not one target of the catalogue was understood"
    yield from _of_the_feed(instruments.fed)
    yield from _of_the_breach(instruments.dealt)
    yield from _of_the_derived(instruments.derived)
    if instruments.foretold.month is None:
        yield f"there is no forecast: {instruments.foretold.forecast['reason']}"
    if not any(one.backtest for one in instruments.tried):
        yield "no bounds were suggested, so that none could be tried"
    if not instruments.verification["holds"]:
        yield "the log does not hold after the instruments were shown"


def _of_the_feed(fed: Fed) -> Iterator[str]:
    feed = fed.feed
    if f"accepted={len(feed.at_first)}" not in fed.samples.split(", "):
        yield f"{len(feed.at_first)} samples were written remotely, the answer is '{fed.samples}'"
    if fed.first["accepted"] != len(feed.then):
        yield f"{len(feed.then)} lines were sent, {fed.first['accepted']} were accepted"
    if fed.first["rejected_total"] != 1:
        rejected = fed.first["rejected_total"]
        yield f"one line was of a KPI the source may not send, {rejected} were rejected"
    taken = (fed.second["accepted"], fed.second["corrected"])
    if taken != (len(feed.late), len(feed.corrected)):
        yield (
            f"{len(feed.late)} late and {len(feed.corrected)} corrected lines were sent, "
            f"{taken[0]} and {taken[1]} were taken in"
        )
    if not any(story["revisions"] for story in fed.stories):
        yield "what came late and what was corrected changed no breach"
    if episodes(fed.after.breaches) != episodes(fed.ordered):
        yield "the same readings in another order came to other breaches"
    if fed.before.line == fed.after.line:
        yield "the corrections do not show between what was known before and after them"


def _of_the_breach(dealt: Dealt) -> Iterator[str]:
    story = dealt.story
    if not story["acknowledged"] or story["cause"] is None or story["corrective_action"] is None:
        yield "what was done about the breach does not stand in its story"
    if not dealt.noticed["silenced"]:
        yield "the silence of the source was not silenced"
    if dealt.resumed["id"] != dealt.noticed["id"] or dealt.resumed["ended_by"] != "reading":
        yield "the source was heard again, and its silence goes on"


def _of_the_derived(derived: Derived) -> Iterator[str]:
    undefined = [one for one in derived.lineages if one["value"] is None]
    if [one["reason"] is None for one in undefined] != [False]:
        yield f"one month can't be computed, and is to say why; {len(undefined)} have no value"
    told = {one["starts_at"] for one in derived.values}
    if told != {one["starts_at"] for one in derived.lineages if one["value"] is not None}:
        yield "the derived KPI's values are not those of the months that can be computed"
