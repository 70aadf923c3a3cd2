"""Which KPIs are made of which."""

from __future__ import annotations

from collections.abc import Sequence

from helmlog_events.contracts.kpi import KPIFormulaSet
from helmlog_events.envelope import SourcedEvent
from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.readmodel.projections import SOURCE
from kpi_service.readmodel.tables import formula_inputs


class FormulaInputs:
    """One row a formula and input, of the formulas that hold at some time."""

    name = "formula_inputs"
    sources = frozenset({SOURCE})
    tables: Sequence[Table] = (formula_inputs,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        for _, record in events:
            if record.type != KPIFormulaSet.event_type:
                continue
            match record.event:
                case KPIFormulaSet() as formula:
                    columns = formula_inputs.c
                    # One set again for the same moment takes the other's place.
                    await sql.execute(
                        delete(formula_inputs).where(
                            columns.tenant == record.tenant,
                            columns.kpi_id == formula.kpi_id,
                            columns.effective_from == formula.effective_from,
                        )
                    )
                    rows = [
                        {
                            "tenant": record.tenant,
                            "input_id": input_id,
                            "kpi_id": formula.kpi_id,
                            "effective_from": formula.effective_from,
                        }
                        for input_id in sorted({one.kpi_id for one in formula.inputs})
                    ]
                    await sql.execute(insert(formula_inputs), rows)
                case _:
                    pass
