from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from audit_service.api.dependencies import Auditor, Service
from audit_service.api.schemas import FindingResponse, LogResponse, VerificationResponse

router = APIRouter(prefix="/v1/verification", tags=["verification"])


@router.get("")
async def read_verification(service: Service, _: Auditor) -> VerificationResponse:
    """Recomputes every log from its database and holds it against the journal, now."""
    verification = await service.verify()
    return VerificationResponse(
        holds=verification.holds,
        logs=[
            LogResponse(
                source=log.source,
                entries=log.entries,
                last_seq=log.last_seq,
                unjournaled=log.unjournaled,
                readings=log.readings,
            )
            for log in verification.logs
        ],
        findings=[FindingResponse(**asdict(finding)) for finding in verification.findings],
    )
