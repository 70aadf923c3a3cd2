from __future__ import annotations

from helmlog_events.contracts.kpi import KPIDataResumed, KPINoData

SilenceEvent = KPINoData | KPIDataResumed
