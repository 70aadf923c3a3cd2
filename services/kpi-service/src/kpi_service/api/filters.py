"""What a list of KPIs can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from helmlog_events.contracts.kpi import KPILevel, KPIType
from helmlog_web.text import Name, Slug

from kpi_service.api.dependencies import Reader, UsedMoment, UsedServices
from kpi_service.domain.health import Health
from kpi_service.readmodel.filters import KPIFilter, Sort


@dataclass(frozen=True, slots=True)
class Asked:
    filter: KPIFilter
    sort: Sort


async def _asked(
    principal: Reader,
    services: UsedServices,
    moment: UsedMoment,
    slug: Annotated[Slug | None, Query()] = None,
    type: Annotated[KPIType | None, Query()] = None,  # noqa: A002 - the parameter's name
    level: Annotated[KPILevel | None, Query()] = None,
    owner: Annotated[Name | None, Query()] = None,
    org_unit: Annotated[Name | None, Query()] = None,
    key: Annotated[bool | None, Query()] = None,
    parent: Annotated[
        str | None, Query(max_length=100, description="Id or slug: its parts.")
    ] = None,
    roots: Annotated[
        bool | None, Query(description="Those that are a part of no other, or that are.")
    ] = None,
    template: Annotated[
        Slug | None, Query(description="The catalogue's, which they were made from.")
    ] = None,
    derived: Annotated[bool | None, Query()] = None,
    retired: Annotated[bool | None, Query()] = None,
    health: Annotated[Health | None, Query()] = None,
    q: Annotated[str, Query(max_length=200, description="Words that stand in slug or name.")] = "",
    sort: Annotated[Sort, Query(description="The order; `-` turns it round.")] = "defined",
) -> Asked:
    parent_id = None
    if parent is not None:
        loaded = await services.definitions.load_by_key(
            principal.tenant, parent, up_to_seq=moment.up_to_seq
        )
        parent_id = loaded.kpi_id
    return Asked(
        KPIFilter(
            slug=slug,
            type=type,
            level=level,
            owner=owner,
            org_unit=org_unit,
            key=key,
            parent_id=parent_id,
            roots=roots,
            template=template,
            derived=derived,
            retired=retired,
            health=health,
            text=q,
        ),
        sort,
    )


AskedKPIs = Annotated[Asked, Depends(_asked)]
