from __future__ import annotations

from uuid import UUID

import pytest
from helmlog_events.contracts.okr import CommentAdded, CommentSubject, CommentWithdrawn
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.comment import refusals
from okr_service.domain.comment.decide import AddComment, WithdrawComment, decide
from okr_service.domain.comment.state import Withdrawn, evolve, initial_state
from okr_service.domain.told import Told

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    END,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_cycle,
    activated,
    closed,
    opened,
    review_started,
)

COMMENT_ID = UUID(int=7)
spec = DeciderTest(decide, evolve, initial_state())
running, over = a_cycle(), a_cycle(opened, activated, review_started, closed)
subject = CommentSubject(type="objective", id=OBJECTIVE_ID)
added = CommentAdded(cycle_id=CYCLE_ID, comment_id=COMMENT_ID, subject=subject, text="Well done")
withdrawn = CommentWithdrawn(cycle_id=CYCLE_ID, comment_id=COMMENT_ID, reason="too early")
said = Told(added, DAY_45, "ann")
add = AddComment(COMMENT_ID, running, subject, "Well done")


def withdraw(by: str, **fields) -> WithdrawComment:
    return WithdrawComment(COMMENT_ID, running, by, reason="too early", **fields)


def test_a_comment_is_said_and_withdrawn_by_its_author():
    spec.given().when(add).then(added)
    spec.given(said).when(withdraw("ann")).then(withdrawn)


def test_an_admin_withdraws_what_others_wrote():
    spec.given(said).when(withdraw("bob", as_admin=True)).then(withdrawn)


def test_nobody_else_does():
    spec.given(said).when(withdraw("bob")).then_refused(refusals.NotTheAuthor(COMMENT_ID))


def test_asked_twice_it_is_done_once():
    spec.given(said).when(add).then_nothing()
    spec.given(said, Told(withdrawn, END, "ann")).when(withdraw("ann")).then_nothing()


def test_nothing_is_withdrawn_that_was_never_said():
    spec.given().when(withdraw("ann")).then_refused(refusals.UnknownComment(COMMENT_ID))


def test_a_closed_cycle_is_talked_about_and_what_is_said_is_marked_late():
    late = {"late_correction": True}
    talk = AddComment(COMMENT_ID, over, subject, "Well done")
    spec.given().when(talk).then(added.model_copy(update=late))
    regret = WithdrawComment(COMMENT_ID, over, "ann", reason="too early")
    spec.given(said).when(regret).then(withdrawn.model_copy(update=late))


def test_an_answer_stands_where_what_it_answers_does():
    question = evolve(initial_state(), said)
    answer = AddComment(UUID(int=8), running, subject, "Thanks", reply_to=question)
    reply = CommentAdded(
        cycle_id=CYCLE_ID,
        comment_id=UUID(int=8),
        subject=subject,
        text="Thanks",
        reply_to=COMMENT_ID,
    )
    spec.given().when(answer).then(reply)
    elsewhere = CommentSubject(type="key_result", id=KEY_RESULT_ID)
    lost = AddComment(UUID(int=8), running, elsewhere, "Thanks", reply_to=question)
    spec.given().when(lost).then_refused(refusals.ReplyElsewhere(COMMENT_ID))


@pytest.mark.parametrize("by", ["ann", "an-admin"])
def test_what_was_withdrawn_keeps_who_said_it_and_who_withdrew_it(by):
    state = evolve(evolve(initial_state(), said), Told(withdrawn, END, by))
    assert isinstance(state, Withdrawn)
    assert (state.facts.author, state.facts.said_at) == ("ann", DAY_45)
    assert (state.by, state.at, state.reason) == (by, END, "too early")
    assert not hasattr(state, "text")
