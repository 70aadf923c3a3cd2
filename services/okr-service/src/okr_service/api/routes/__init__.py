from okr_service.api.routes import board, check_ins, courses, cycles, key_results, objectives

ROUTERS = (
    cycles.router,
    objectives.router,
    key_results.router,
    check_ins.router,
    courses.router,
    board.router,
)
