"""How refusals of initiatives and comments look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.comment import refusals as comment
from okr_service.domain.initiative import refusals as initiative

REFUSALS: Final[Refusals] = {
    initiative.UnknownInitiative: refused(
        "unknown-initiative", "There is no such initiative", "{}", status=404
    ),
    initiative.InitiativeIsOver: refused(
        "initiative-over", "The initiative is finished or cancelled; resume it first", "{}"
    ),
    initiative.EffortNotPositive: refused(
        "effort-not-positive", "An effort is greater than zero", "{}", pointer="effort"
    ),
    initiative.EffortSpentNegative: refused(
        "effort-spent-negative", "No effort is less than none", "{}", pointer="effort_spent"
    ),
    initiative.InitiativeDueOutsideCycle: refused(
        "initiative-due-outside-cycle", "The day lies outside the cycle", "{}", pointer="due_on"
    ),
    initiative.PlannedForCancelledKeyResult: refused(
        "key-result-not-pursued", "The key result was cancelled", "{}"
    ),
    comment.UnknownComment: refused(
        "unknown-comment", "There is no such comment", "{}", status=404
    ),
    comment.ReplyToUnknownComment: refused(
        "unknown-comment", "There is no such comment", "{}", pointer="reply_to"
    ),
    comment.ReplyElsewhere: refused(
        "reply-elsewhere",
        "The comment it answers stands somewhere else",
        "{}",
        pointer="reply_to",
    ),
    comment.NotTheAuthor: refused(
        "not-the-author",
        "A comment is withdrawn by its author, or by an admin",
        "{}",
        status=403,
    ),
}
