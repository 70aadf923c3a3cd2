from alignment_service.api.routes.graph import router as graph_router
from alignment_service.api.routes.links import router as links_router
from alignment_service.api.routes.nodes import router as nodes_router

ROUTERS = (links_router, graph_router, nodes_router)

__all__ = ["ROUTERS"]
