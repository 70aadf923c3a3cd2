from okr_service.api.routes import (
    board,
    catalogue,
    check_ins,
    cycles,
    exports,
    imports,
    key_results,
    objectives,
)

ROUTERS = (
    cycles.router,
    objectives.router,
    key_results.router,
    check_ins.router,
    board.router,
    imports.router,
    exports.router,
    catalogue.router,
)
