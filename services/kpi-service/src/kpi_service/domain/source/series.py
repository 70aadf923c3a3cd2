"""Which KPI a series of samples is of, by its labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from kpi_service.domain.source.state import Registered

NAME_LABEL: Final = "__name__"
KPI_LABEL: Final = "kpi"

_KEY: Final = re.compile(r"[a-z0-9-]{1,63}", re.ASCII)
_AS_HYPHENS: Final = str.maketrans("_:", "--")


def mapped_kpi(source: Registered, labels: Mapping[str, str]) -> UUID | None:
    """That of the first of the source's mappings whose labels the series all has."""
    for mapping in source.series:
        if all(labels.get(label.name) == label.value for label in mapping.labels):
            return mapping.kpi_id
    return None


def kpi_keys(labels: Mapping[str, str]) -> Sequence[str]:
    """The slugs or ids it may be meant by, the one that counts first: its label `kpi`, then its
    name with hyphens in place of what a slug can't hold.
    """
    named = labels.get(KPI_LABEL, ""), labels.get(NAME_LABEL, "").translate(_AS_HYPHENS)
    return [key for key in named if _KEY.fullmatch(key)]
