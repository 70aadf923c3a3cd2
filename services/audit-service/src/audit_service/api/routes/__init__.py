from audit_service.api.routes.cycles import router as cycles_router
from audit_service.api.routes.verification import router as verification_router

ROUTERS = (cycles_router, verification_router)

__all__ = ["ROUTERS"]
