"""How refusals of the organisation and its strategy look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.changes import ChangeOutsideCalendar
from okr_service.domain.organisation import refusals as organisation
from okr_service.domain.strategy import refusals as strategy

REFUSALS: Final[Refusals] = {
    ChangeOutsideCalendar: refused(
        "change-outside-calendar",
        "A change holds from a moment in the years 1900 to 2999",
        "{}",
        pointer="effective_from",
    ),
    organisation.SlugTaken: refused(
        "slug-taken", "A unit or a person has this slug", "{}", pointer="slug", status=409
    ),
    organisation.UnknownUnit: refused("unknown-unit", "There is no such unit", "{}", status=404),
    organisation.UnknownPerson: refused(
        "unknown-person", "There is no such person", "{}", status=404
    ),
    organisation.UnitNotThere: refused(
        "unit-not-there",
        "The unit is not open at that moment",
        "{} at {}",
        pointer="effective_from",
    ),
    organisation.PersonNotThere: refused(
        "person-not-there",
        "The person is not there at that moment",
        "{} at {}",
        pointer="effective_from",
    ),
    organisation.PlaceUnknown: refused("place-unknown", "There is no such unit", "{}"),
    organisation.PlaceNotOpen: refused(
        "place-not-open", "The unit is not open all that time", "{} at {}"
    ),
    organisation.KindOutOfOrder: refused(
        "kind-out-of-order",
        "Companies hold departments, and departments teams",
        "a {} is no part of a {}",
        pointer="parent",
    ),
    organisation.UnitWithinItself: refused(
        "unit-within-itself",
        "The unit would be a part of itself",
        "{} in {} at {}",
        pointer="parent",
    ),
    organisation.UnitHasParts: refused(
        "unit-has-parts", "Other units are part of it, or are to be", "{} has {}"
    ),
    organisation.UnitHasPeople: refused(
        "unit-has-people", "People work in it, or are to", "{} has {}"
    ),
    strategy.StrategyNotStated: refused(
        "strategy-not-stated", "No strategy was stated by then", status=404
    ),
    strategy.StrategySlugsAlike: refused(
        "strategy-slugs-alike", "Two of them have the same slug", "{}"
    ),
}
