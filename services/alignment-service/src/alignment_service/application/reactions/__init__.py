from alignment_service.application.reactions.risks import RiskReaction
from alignment_service.application.reactions.roll_ups import RollUpReaction

__all__ = ["RiskReaction", "RollUpReaction"]
