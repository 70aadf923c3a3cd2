"""Ids and links the tests speak of."""

from decimal import Decimal
from uuid import UUID

from alignment_service.domain.links.decide import AddLink
from alignment_service.domain.links.events import (
    LinkAdded,
    LinkDeclined,
    LinkKind,
    LinkRemoved,
    Node,
)

CYCLE = UUID(int=0xC)


def objective(number: int) -> UUID:
    return UUID(int=0x0B00 + number)


def key_result(of: int, number: int = 0) -> UUID:
    return UUID(int=0x0E0000 + of * 0x100 + number)


def link_id(number: int) -> UUID:
    return UUID(int=0x11000000 + number)


def add_link(
    number: int,
    source: int,
    target: int,
    *,
    kind: LinkKind = "contributes",
    to_key_result: bool = False,
    weight: str = "1",
) -> AddLink:
    node = (
        Node(type="key_result", id=key_result(target))
        if to_key_result
        else Node(type="objective", id=objective(target))
    )
    return AddLink(
        link_id=link_id(number),
        kind=kind,
        source=Node(type="objective", id=objective(source)),
        target=node,
        target_objective_id=objective(target),
        weight=Decimal(weight),
        cycle_ids=(CYCLE,),
    )


def added(command: AddLink) -> LinkAdded:
    return LinkAdded(
        link_id=command.link_id,
        kind=command.kind,
        source=command.source,
        target=command.target,
        target_objective_id=command.target_objective_id,
        weight=command.weight,
        cycle_ids=command.cycle_ids,
    )


def removed(command: AddLink) -> LinkRemoved:
    return LinkRemoved(
        link_id=command.link_id,
        kind=command.kind,
        source=command.source,
        target=command.target,
        cycle_ids=command.cycle_ids,
    )


def declined(command: AddLink, reason: str) -> LinkDeclined:
    return LinkDeclined(
        kind=command.kind,
        source=command.source,
        target=command.target,
        reason=reason,
        cycle_ids=command.cycle_ids,
    )
