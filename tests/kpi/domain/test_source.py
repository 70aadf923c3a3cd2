from datetime import timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import (
    SeriesLabel,
    SeriesMapping,
    SourceKeyRotated,
    SourceRegistered,
    SourceRevised,
    SourceRevoked,
)
from helmlog_events.testing.decider import DeciderTest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.source.decide import (
    LONGEST_OVERLAP,
    RegisterSource,
    ReviseSource,
    RevokeSource,
    RotateKey,
    decide,
)
from kpi_service.domain.source.history import DatedEvent, view_at
from kpi_service.domain.source.key import KeyOwner, key_digest, key_owner, make_key
from kpi_service.domain.source.refusals import (
    MappingNotAllowed,
    MappingRepeated,
    MappingWithoutLabels,
    OverlapTooLong,
    SourceAlreadyRegistered,
    SourceIsRevoked,
    SourceNameKept,
    SourceUnknown,
)
from kpi_service.domain.source.series import kpi_keys, mapped_kpi
from kpi_service.domain.source.state import INITIAL, Registered, Revoked, evolve, fold

from tests.kpi.domain.builders import KPI_ID, START

SOURCE_ID = UUID("01970000-0000-7000-8000-00000000000a")
OTHER_KPI = UUID("01970000-0000-7000-8000-000000000002")
OLD, NEW, NEWEST = "0" * 64, "1" * 64, "2" * 64
HOUR = timedelta(hours=1)

REGISTERED = SourceRegistered(source_id=SOURCE_ID, name="billing", key_digest=OLD)
REVOKED = SourceRevoked(source_id=SOURCE_ID, reason="retired")

spec = DeciderTest(decide=decide, evolve=evolve, initial=INITIAL)


def mapping(kpi_id=KPI_ID, **labels: str) -> SeriesMapping:
    told = tuple(SeriesLabel(name=name, value=value) for name, value in sorted(labels.items()))
    return SeriesMapping(kpi_id=kpi_id, labels=told)


def register(**changes) -> RegisterSource:
    return RegisterSource(REGISTERED.model_copy(update=changes), at=START)


def revise(description=None, kpi_ids=None, series=()) -> ReviseSource:
    return ReviseSource(SOURCE_ID, description, kpi_ids, series, at=START)


def rotate(overlap=HOUR, digest=NEW, at=START) -> RotateKey:
    return RotateKey(SOURCE_ID, digest, overlap, at=at)


def rotated(digest=NEW, until=START + HOUR) -> SourceKeyRotated:
    return SourceKeyRotated(source_id=SOURCE_ID, key_digest=digest, previous_until=until)


REVOKE = RevokeSource(SOURCE_ID, "retired", at=START)


def test_a_source_is_registered():
    spec.given().when(register()).then(REGISTERED)


def test_a_source_is_registered_once():
    spec.given(REGISTERED).when(register()).then_refused(SourceAlreadyRegistered(SOURCE_ID))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [("default", "readings that name no source"), ("formula", "what formulas come to")],
)
def test_the_names_that_mean_something_are_kept(name, meaning):
    spec.given().when(register(name=name)).then_refused(SourceNameKept(name, meaning))


def test_a_mapping_without_labels_would_take_every_series():
    series = (mapping(job="api"), mapping())
    spec.given().when(register(series=series)).then_refused(MappingWithoutLabels(1))
    spec.given(REGISTERED).when(revise(series=series)).then_refused(MappingWithoutLabels(1))


def test_of_two_mappings_with_the_same_labels_one_could_never_count():
    series = (mapping(job="api"), mapping(OTHER_KPI, job="api"))
    spec.given().when(register(series=series)).then_refused(MappingRepeated(1, 0))


def test_a_mapping_is_to_a_kpi_that_the_source_may_send():
    series = (mapping(OTHER_KPI, job="api"),)
    spec.given().when(register(series=series, kpi_ids=(KPI_ID,))).then_refused(
        MappingNotAllowed(0, OTHER_KPI)
    )
    spec.given().when(register(series=series, kpi_ids=None)).then(
        REGISTERED.model_copy(update={"series": series})
    )


def test_a_revision_says_the_whole_of_what_holds_from_then_on():
    revised = SourceRevised(
        source_id=SOURCE_ID, description="ours", kpi_ids=(KPI_ID,), series=(mapping(job="api"),)
    )
    command = revise("ours", (KPI_ID,), (mapping(job="api"),))
    spec.given(REGISTERED).when(command).then(revised)
    spec.given(REGISTERED, revised).when(command).then_nothing()


def test_the_key_before_is_accepted_for_the_overlap():
    spec.given(REGISTERED).when(rotate()).then(rotated())
    source = fold([REGISTERED, rotated()])
    assert isinstance(source, Registered)
    assert source.accepts(NEW, START)
    assert source.accepts(OLD, START)
    assert source.accepts(OLD, START + HOUR - timedelta(microseconds=1))
    assert not source.accepts(OLD, START + HOUR)
    assert source.accepts(NEW, START + HOUR)
    assert not source.accepts(NEWEST, START)


def test_of_two_rotations_only_the_last_key_before_is_accepted():
    source = fold([REGISTERED, rotated(), rotated(NEWEST)])
    assert isinstance(source, Registered)
    assert [source.accepts(one, START) for one in (OLD, NEW, NEWEST)] == [False, True, True]


def test_without_an_overlap_the_key_before_is_refused_at_once():
    spec.given(REGISTERED).when(rotate(timedelta(0))).then(rotated(until=START))
    source = fold([REGISTERED, rotated(until=START)])
    assert isinstance(source, Registered)
    assert not source.accepts(OLD, START)


def test_an_overlap_has_an_end():
    spec.given(REGISTERED).when(rotate(LONGEST_OVERLAP + HOUR)).then_refused(
        OverlapTooLong(LONGEST_OVERLAP)
    )


def test_a_source_is_revoked_for_good():
    spec.given(REGISTERED).when(REVOKE).then(REVOKED)
    spec.given(REGISTERED, REVOKED).when(REVOKE).then_nothing()
    for command in (revise("again"), rotate()):
        spec.given(REGISTERED, REVOKED).when(command).then_refused(SourceIsRevoked("billing"))


@pytest.mark.parametrize("command", [revise(), rotate(), REVOKE])
def test_what_was_never_registered_is_unknown(command):
    spec.given().when(command).then_refused(SourceUnknown(SOURCE_ID))


def test_it_may_send_what_it_was_allowed():
    limited = fold([REGISTERED.model_copy(update={"kpi_ids": (KPI_ID,)})])
    unlimited = fold([REGISTERED])
    nothing = fold([REGISTERED.model_copy(update={"kpi_ids": ()})])
    sources = (limited, unlimited, nothing)
    assert [source.may_send(KPI_ID) for source in sources] == [True, True, False]
    assert [source.may_send(OTHER_KPI) for source in sources] == [False, True, False]


def test_it_is_told_as_of_a_moment():
    events = [
        DatedEvent(event, START + place * HOUR, START + (place + 1) * HOUR)
        for place, event in enumerate((REGISTERED, rotated(), REVOKED))
    ]
    assert view_at(events, valid_at=START - HOUR) is None
    assert view_at(events, known_at=START) is None
    between = view_at(events, valid_at=START + HOUR)
    assert between is not None
    assert (between.version, between.changed_at) == (2, START + HOUR)
    assert isinstance(between.state, Registered)
    known = view_at(events, known_at=START + HOUR)
    assert known is not None
    assert known.version == 1
    now = view_at(events)
    assert now is not None
    assert isinstance(now.state, Revoked)
    assert now.source.name == "billing"


@given(
    st.binary(min_size=32, max_size=32),
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.uuids(),
)
def test_a_key_says_whose_it_is(secret, tenant, source_id):
    owner = KeyOwner(tenant, source_id)
    key = make_key(owner, secret)
    assert key.startswith("hlk_")
    assert key_owner(key) == owner
    assert key_digest(key) != key_digest(make_key(KeyOwner(tenant + "x", source_id), secret))


@given(st.text())
def test_what_is_no_key_has_no_owner(text):
    assert key_owner(text) is None
    assert key_owner("hlk_" + text) is None


def source_with(*series: SeriesMapping) -> Registered:
    source = fold([REGISTERED.model_copy(update={"series": series})])
    assert isinstance(source, Registered)
    return source


def test_the_first_mapping_whose_labels_all_match_says_the_kpi():
    source = source_with(
        mapping(KPI_ID, __name__="up", job="api"), mapping(OTHER_KPI, __name__="up")
    )
    assert mapped_kpi(source, {"__name__": "up", "job": "api", "instance": "a"}) == KPI_ID
    assert mapped_kpi(source, {"__name__": "up", "job": "web"}) == OTHER_KPI
    assert mapped_kpi(source, {"job": "api"}) is None


def test_without_a_mapping_the_label_kpi_counts_before_the_name():
    assert kpi_keys({"__name__": "job:lead_time:p50", "kpi": "lead-time"}) == [
        "lead-time",
        "job-lead-time-p50",
    ]
    assert kpi_keys({"__name__": "lead_time"}) == ["lead-time"]
    assert kpi_keys({"kpi": str(KPI_ID)}) == [str(KPI_ID)]
    assert kpi_keys({"__name__": "HTTP", "kpi": "\x00"}) == []
