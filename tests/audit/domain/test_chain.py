from audit_service.domain.chain import ChainPosition, walk

from tests.audit.domain.entries import log_of


async def test_a_walk_goes_as_far_as_the_journal_is_without_a_gap():
    entries = await log_of(6)
    walked = walk(ChainPosition("okr"), [*entries[:3], *entries[4:]])
    assert walked.position == ChainPosition("okr", 3, entries[2].hash)
    assert walked.tampered == ()
    assert walk(walked.position, entries[3:]).position.seq == 6


async def test_an_altered_entry_is_told_once_and_the_walk_goes_on():
    entries = await log_of(6)
    entries[2] = entries[2]._replace(data='{"text":"another"}')
    walked = walk(ChainPosition("okr"), entries)
    assert [(told.seq, told.finding) for told in walked.tampered] == [(3, "altered")]
    assert walked.position.seq == 6


async def test_an_entry_that_does_not_follow_is_told():
    entries = await log_of(6)
    walked = walk(ChainPosition("okr", 2, bytes(32)), entries[2:])
    assert [(told.seq, told.finding) for told in walked.tampered] == [(3, "unchained")]
