"""Who may say what of whom: before readings are taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

import asyncpg

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.rows import Rejected, without
from kpi_service.application.source_book import SourceBook
from kpi_service.domain.readings.reading import DEFAULT_SOURCE, Lot
from kpi_service.domain.source.decide import FORMULA
from kpi_service.domain.source.state import Registered, Revoked

Sender = UUID | Literal["token", "broker"]
"""The source whose key came with the readings, or what else stands for who sent them.

A bearer of a `token` may name any source but a registered one. Who may write to the `broker` is
said by its access control: there a registered source is named by whoever may.
"""
Verdicts = dict[tuple[str, str], str | None]


class Admitted(NamedTuple):
    lots: Sequence[Lot]
    rejected: Sequence[Rejected]


@dataclass(frozen=True, slots=True)
class SourceGate:
    """`registered_only`: what comes from a source nobody registered is rejected."""

    catalogue: Catalogue
    book: SourceBook
    registered_only: bool

    async def admit(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        lots: Sequence[Lot],
        sender: Sender,
    ) -> Admitted:
        """The readings that may be taken in, of the source they count as, and why not the others.

        What is behind a key counts as that source, also where it names none.
        """
        if isinstance(sender, UUID):
            verdicts, name = await self._of_key(connection, tenant, lots, sender)
        else:
            verdicts, name = await self._of_names(connection, tenant, lots, sender), None
        rejected: Sequence[Rejected] = ()
        if any(verdicts.values()):
            lots, rejected = without(lots, lambda lot, _: verdicts[lot.kpi, lot.source])
        if name is not None:
            lots = [lot._replace(source=name) for lot in lots]
        return Admitted(lots, rejected)

    async def _of_key(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        lots: Sequence[Lot],
        source_id: UUID,
    ) -> tuple[Verdicts, str | None]:
        source = await self.book.by_id(connection, tenant, source_id)
        pairs = {(lot.kpi, lot.source) for lot in lots}
        if not isinstance(source, Registered):
            return dict.fromkeys(pairs, "the source is revoked"), None
        own = [pair for pair in pairs if pair[1] in {source.name, DEFAULT_SOURCE}]
        verdicts: Verdicts = dict.fromkeys(pairs, f"the key is that of the source {source.name!r}")
        verdicts |= await self._allowed(connection, tenant, own, dict.fromkeys(own, source))
        return verdicts, source.name

    async def _of_names(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        lots: Sequence[Lot],
        sender: Literal["token", "broker"],
    ) -> Verdicts:
        names = {lot.source for lot in lots}
        known = await self._known(connection, tenant, names - {DEFAULT_SOURCE})
        reasons = {name: self._reason(name, known.get(name), sender) for name in names}
        if not known and not any(reasons.values()):
            return {}
        pairs = {(lot.kpi, lot.source) for lot in lots}
        verdicts: Verdicts = {pair: reasons[pair[1]] for pair in pairs}
        open_pairs = {
            pair: source
            for pair, reason in verdicts.items()
            if reason is None and isinstance(source := known.get(pair[1]), Registered)
        }
        return verdicts | await self._allowed(connection, tenant, [*open_pairs], open_pairs)

    async def _known(
        self, connection: asyncpg.Connection, tenant: str, names: set[str]
    ) -> dict[str, Registered | Revoked]:
        return await self.book.by_names(connection, tenant, names) if names else {}

    def _reason(
        self, name: str, source: Registered | Revoked | None, sender: Literal["token", "broker"]
    ) -> str | None:
        if name == FORMULA:
            return f"the source {name!r} stands for what formulas come to"
        match source:
            case Revoked():
                return f"the source {name!r} is revoked"
            case Registered() if sender == "token":
                return f"the source {name!r} is registered: send with its key"
            case None if self.registered_only:
                return f"the source {name!r} is not registered"
            case _:
                return None

    async def _allowed(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        pairs: Sequence[tuple[str, str]],
        sources: dict[tuple[str, str], Registered],
    ) -> Verdicts:
        """Which KPIs there are at all is said by who takes the readings in."""
        verdicts: Verdicts = dict.fromkeys(pairs)
        bound = [pair for pair in pairs if sources[pair].kpi_ids is not None]
        if bound:
            kpi_ids = await self.catalogue.find(connection, tenant, {kpi for kpi, _ in bound})
            for pair in bound:
                kpi_id = kpi_ids.get(pair[0])
                if kpi_id is not None and not sources[pair].may_send(kpi_id):
                    verdicts[pair] = (
                        f"the source {sources[pair].name!r} may not send the KPI {pair[0]!r}"
                    )
        return verdicts
