from okr_service.api.routes import board, check_ins, cycles, key_results, objectives

# The busiest first: a request is matched against one after the other.
ROUTERS = (check_ins.router, board.router, key_results.router, objectives.router, cycles.router)
