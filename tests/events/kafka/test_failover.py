import pytest

from tests.bench.failover import PARTITIONS, WORKERS, fail_over


@pytest.mark.faults
async def test_a_killed_workers_partitions_are_taken_over_and_nothing_is_lost_or_done_twice(
    database, kafka
):
    result = await fail_over(database, kafka.bootstrap)
    assert len(result.pauses) == PARTITIONS // WORKERS
    assert max(result.pauses) < 5.0
    assert result.handled == result.sent
    assert result.handled_twice == 0
