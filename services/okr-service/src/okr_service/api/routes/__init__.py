from okr_service.api.routes import (
    board,
    check_ins,
    cycles,
    explanations,
    key_results,
    mine,
    objective_check_ins,
    objectives,
    outcomes,
    recognition,
    retrospective,
    tree,
)

# The busiest first: a request is matched against one after the other.
ROUTERS = (
    check_ins.router,
    board.router,
    key_results.router,
    objectives.router,
    cycles.router,
    outcomes.router,
    objective_check_ins.router,
    explanations.router,
    tree.router,
    mine.router,
    recognition.router,
    retrospective.router,
)
