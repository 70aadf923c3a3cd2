from okr_service.api.routes import board, check_ins, cycles, key_results, objectives

ROUTERS = (cycles.router, objectives.router, key_results.router, check_ins.router, board.router)
