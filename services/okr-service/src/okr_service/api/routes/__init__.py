from okr_service.api.routes import (
    board,
    check_ins,
    comments,
    cycles,
    initiatives,
    key_results,
    objectives,
    organisation,
    people,
    search,
    strategy,
    units,
)

ROUTERS = (
    cycles.router,
    objectives.router,
    key_results.router,
    check_ins.router,
    board.router,
    initiatives.router,
    comments.router,
    organisation.router,
    units.router,
    people.router,
    strategy.router,
    search.router,
)
