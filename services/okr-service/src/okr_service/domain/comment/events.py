from __future__ import annotations

from helmlog_events.contracts.okr import CommentAdded, CommentWithdrawn

CommentEvent = CommentAdded | CommentWithdrawn
