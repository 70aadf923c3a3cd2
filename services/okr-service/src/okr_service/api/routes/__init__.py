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

ROUTERS = (
    cycles.router,
    objectives.router,
    outcomes.router,
    objective_check_ins.router,
    explanations.router,
    key_results.router,
    check_ins.router,
    board.router,
    tree.router,
    mine.router,
    recognition.router,
    retrospective.router,
)
