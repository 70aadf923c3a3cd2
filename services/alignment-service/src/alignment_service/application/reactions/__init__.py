from alignment_service.application.reactions.drafted_under import DraftedUnderReaction
from alignment_service.application.reactions.moved_key_results import MovedKeyResultReaction
from alignment_service.application.reactions.risks import RiskReaction
from alignment_service.application.reactions.roll_ups import RollUpReaction

__all__ = ["DraftedUnderReaction", "MovedKeyResultReaction", "RiskReaction", "RollUpReaction"]
