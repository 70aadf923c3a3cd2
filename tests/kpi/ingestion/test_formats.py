"""NDJSON and CSV, cut anywhere: the same rows, each refused by itself."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.application.formats import (
    LINE_PARSERS,
    BodyUnreadable,
    Chunk,
    batches_of_json,
    batches_of_lines,
)
from kpi_service.application.refused import RowRefused

NDJSON, CSV = "application/x-ndjson", "text/csv"
HEADER = "kpi,value,observed_at,note"
CHUNK = Chunk(rows=3, size=60, longest=50)
ONE_PIECE = Chunk(rows=1_000, size=1_000_000, longest=50)


async def read(media_type: str, pieces: list[bytes], chunk: Chunk) -> list[Any]:
    """The rows, their batches checked to be numbered through and to end with the last."""

    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    batches = [one async for one in batches_of_lines(arriving(), LINE_PARSERS[media_type](), chunk)]
    assert [one.last for one in batches] == [False] * (len(batches) - 1) + [True]
    assert all(one.rows for one in batches[:-1])
    starts = [sum(len(earlier.rows) for earlier in batches[:n]) for n in range(len(batches))]
    assert [one.first for one in batches] == starts
    return [shown(row) for one in batches for row in one.rows]


def shown(row: Any) -> Any:
    return ("refused", str(row)) if isinstance(row, RowRefused) else row


def cut(body: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(body)) for place in places} | {0, len(body)})
    return [body[start:end] for start, end in pairwise(ends)]


PLACES = st.lists(st.integers(0, 900), max_size=12)
NDJSON_LINES = st.lists(
    st.one_of(
        st.integers(0, 99).map(lambda n: b'{"value":%d}' % n),
        st.sampled_from(
            [b"", b" ", b"\r", b"{", b"]", b"1,2", b"\xff", b'{"a":1}\r', b"x" * 51, b" " * 200]
        ),
        st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")),
    ),
    max_size=25,
)
CSV_LINES = st.lists(
    st.one_of(
        st.integers(0, 99).map(lambda n: b"demand,%d,now," % n),
        st.sampled_from(
            [
                b"",
                b'demand,1,now,"a',
                b'b"',
                b'b",c',
                b'x"y"',
                b'demand,"1"2,now',
                b'"',
                b"demand,2,now\r",
                b"\xff\xfe,3,now",
                b"x" * 51,
            ]
        ),
        st.text(alphabet='",ab\r', max_size=12).map(str.encode),
    ),
    max_size=60,
)


@given(NDJSON_LINES, PLACES)
async def test_however_ndjson_is_cut_the_rows_are_the_same(lines, places):
    body = b"\n".join(lines)
    whole = await read(NDJSON, [body], ONE_PIECE)
    assert await read(NDJSON, cut(body, places), CHUNK) == whole


@given(CSV_LINES, PLACES)
async def test_however_csv_is_cut_the_rows_are_the_same(lines, places):
    body = b"\n".join([HEADER.encode(), *lines])
    whole = await read(CSV, [body], ONE_PIECE)
    assert await read(CSV, cut(body, places), CHUNK) == whole


@given(st.lists(st.sampled_from([b"{", b'{"a":1},{"b":2}', b"[1", b"2]", b"\xff", b"x" * 500])))
async def test_no_broken_line_of_ndjson_hides_another(broken):
    good = [b'{"value":%d}' % n for n in range(len(broken) + 1)]
    lines = [line for pair in zip(good, broken, strict=False) for line in pair] + good[-1:]
    rows = await read(NDJSON, [b"\n".join(lines)], CHUNK)
    assert len(rows) == len(lines)
    assert rows[::2] == [orjson.loads(line) for line in good]
    assert all(row[0] == "refused" for row in rows[1::2])


@given(st.lists(st.sampled_from([b'"open', b'a,"b"c', b'a,1,b,"x', b"x" * 500]), max_size=12))
async def test_no_broken_line_of_csv_hides_another(broken):
    good = [b"demand,%d,now,fine" % n for n in range(len(broken) + 1)]
    lines = [line for pair in zip(good, broken, strict=False) for line in pair] + good[-1:]
    rows = await read(CSV, [b"\n".join([HEADER.encode(), *lines])], CHUNK)
    assert rows[::2] == [
        {"kpi": "demand", "observed_at": "now", "value": str(n)} for n in range(len(good))
    ]
    assert all(row[0] == "refused" for row in rows[1::2])


async def test_a_quote_that_is_never_closed_costs_one_row_of_a_long_file():
    lines = [f'{HEADER}\ndemand,1,now,"'] + [f"demand,{n},now," for n in range(2, 500)]
    rows = await read(CSV, ["\n".join(lines).encode()], CHUNK)
    assert "not closed within 20 lines" in rows[0][1]
    assert [row["value"] for row in rows[1:]] == [str(n) for n in range(2, 500)]


async def test_a_quoted_field_may_go_over_lines():
    body = f'{HEADER},id\r\ndemand,1,now,"one\r\n""two""",a\r\ndemand,2,now,,b\r\n'.encode()
    rows = await read(CSV, cut(body, [*range(0, 90, 7)]), CHUNK)
    assert [(row["value"], row["id"]) for row in rows] == [("1", "a"), ("2", "b")]


async def test_a_line_without_end_is_refused_and_never_held():
    sizes = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            yield b"x" * 1_000
            sizes.append(sum(map(len, lines._parts)))
        yield b'\n{"value":1}'

    from kpi_service.application.formats.batches import _chunks
    from kpi_service.application.formats.lines import Lines

    lines = Lines(Chunk(size=10_000, longest=5_000))
    found = [line async for chunk in _chunks(endless(), lines) for line in chunk]
    assert isinstance(found[0], RowRefused)
    assert found[1:] == [b'{"value":1}']
    assert max(sizes) <= 20_000


@pytest.mark.parametrize("body", [b"", b"\n\n", b"a,b\n1,2", b'kpi,value,"observed_at\n', b"{}"])
async def test_csv_without_its_header_is_unreadable(body):
    with pytest.raises(BodyUnreadable):
        await read(CSV, [body], CHUNK)


@pytest.mark.parametrize("media_type", [NDJSON, CSV])
async def test_a_byte_order_mark_is_passed_over(media_type):
    body = b'{"value":1}' if media_type == NDJSON else b"kpi,value,observed_at\n,1,"
    (row,) = await read(media_type, cut(b"\xef\xbb\xbf" + body, [1, 2]), CHUNK)
    assert str(row["value"]) == "1"


@pytest.mark.parametrize(("count", "batches"), [(0, 1), (1, 1), (3, 1), (4, 2), (9, 3)])
def test_a_json_array_is_cut_into_batches(count, batches):
    found = list(batches_of_json(orjson.dumps([*range(count)]), CHUNK))
    assert [row for one in found for row in one.rows] == [*range(count)]
    assert len(found) == batches
    assert [one.last for one in found] == [False] * (batches - 1) + [True]
