"""How refusals of imports and the catalogue look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.catalogue import refusals as catalogue
from okr_service.domain.imports import refusals as imports

REFUSALS: Final[Refusals] = {
    imports.UnknownImport: refused("unknown-import", "There is no such import", "{}", status=404),
    catalogue.UnknownExample: refused(
        "unknown-example", "The catalogue has no such example", "{}", status=404
    ),
    catalogue.UnknownExampleKeyResult: refused(
        "unknown-example-key-result",
        "The example has no such key result",
        "{}",
        pointer="overrides",
    ),
}
