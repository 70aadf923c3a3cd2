from __future__ import annotations

import pytest
from okr_service.domain.guidance import advise_on_objective, advise_on_owner


@pytest.mark.parametrize(("objectives", "warned"), [(1, False), (6, False), (7, True)])
def test_more_than_six_objectives_an_owner_are_warned_of(objectives, warned):
    codes = [advice.code for advice in advise_on_owner(objectives)]
    assert codes == (["too-many-objectives"] if warned else [])


@pytest.mark.parametrize(
    ("key_results", "accepted", "codes"),
    [
        (0, False, []),
        (0, True, ["too-few-key-results"]),
        (1, True, ["too-few-key-results"]),
        (2, True, []),
        (5, True, []),
        (6, True, ["too-many-key-results"]),
        (6, False, ["too-many-key-results"]),
    ],
)
def test_two_to_five_key_results_hold_focus(key_results, accepted, codes):
    assert [a.code for a in advise_on_objective(key_results, accepted=accepted)] == codes
