"""A quarter as its people keep it in a sheet; all of it made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

HEADER = "id,parent_id,kind,owner,title,result,score\n"

QUARTER = (
    HEADER
    + """\
G1,,objective,Managing Director,"Be the harbour, not the storm",,
G2,G1,key_result,Managing Director,Ships that come back,3 of 4 (the last is in dock),
G3,G2,objective,"Head of Berths, North",Berths that wait for ships,60% complete,0.60
G4,G3,key_result,"Head of Berths, North",Berths free on the hour,80%,0.80
G5,G3,key_result,,"A ""quay book"" for each pilot",Not started,
G6,G3,key_result,Head of Pilots,Pilots with a licence for the north,in progress,
G7,G1,objective,,Head of Cranes,,
G8,G7,objective,Crane Crew,Cranes that do not stand,+5% more lifts than before,0.05
G9,G7,objective,Crane Crew,Nobody hurt,missed and moving to Q2,
G10,G7,key_result,Crane Crew,Repairs planned ahead,done,1.00
G11,G7,key_result,Crane Crew,Spare parts at hand,All in all 90% achieved,0.40
"""
)


def sheet(*rows: Sequence[str], header: str = HEADER) -> str:
    """A file of these rows."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return header + text.getvalue()


def large(rows: int) -> str:
    """A company of `rows` rows: an objective with four key results, again and again."""
    return sheet(*_company(rows))


def _company(rows: int) -> Iterable[Sequence[str]]:
    for row in range(rows):
        objective = row - row % 5
        if row == objective:
            parent = "" if row < 50 else f"N{(row // 50) * 5 - 5}"
            yield (f"N{row}", parent, "objective", f"Team {row % 40}", f"Aim {row}", "", "")
        else:
            yield (
                f"N{row}",
                f"N{objective}",
                "key_result",
                f"Team {row % 40}",
                f"Result {row}",
                f"{row % 101}%",
                f"{row % 101 / 100:.2f}",
            )
