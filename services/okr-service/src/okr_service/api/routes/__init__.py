from okr_service.api.routes import (
    board,
    check_ins,
    cycle_settings,
    cycle_steps,
    cycles,
    due,
    fiscal_calendars,
    key_results,
    objectives,
)

ROUTERS = (
    cycles.router,
    cycle_steps.router,
    cycle_settings.router,
    fiscal_calendars.router,
    objectives.router,
    key_results.router,
    check_ins.router,
    due.router,
    board.router,
)
