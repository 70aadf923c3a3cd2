"""How the domain's refusals look over HTTP; nothing else here knows status codes of theirs."""

from __future__ import annotations

from helmlog_web.problems import Problem, Refusals

from alignment_service.application.handlers import UnknownNode
from alignment_service.domain.links.decide import (
    LinkClosesLoop,
    LinkStandsAlready,
    LinkToItself,
    OnlyObjectivesLinkUp,
    UnknownLink,
    WeightNotPositive,
)


def _unknown_node(error: UnknownNode) -> Problem:
    return Problem(
        422,
        "unknown-node",
        "There is no such node",
        f"No {error.node.type} {error.node.id} is known.",
        [{"pointer": f"#/{error.end}/id", "detail": f"no such {error.node.type}"}],
    )


def _weight_not_positive(error: WeightNotPositive) -> Problem:
    return Problem(
        422,
        "weight-not-positive",
        "A weight is more than 0",
        f"The weight is {error.weight:f}.",
        [{"pointer": "#/weight", "detail": "it must be more than 0"}],
    )


def _only_objectives(_: OnlyObjectivesLinkUp) -> Problem:
    return Problem(
        422,
        "only-objectives-link-up",
        "A link starts at an objective",
        "A key result belongs to its objective and goes no other way up.",
        [{"pointer": "#/from/type", "detail": "it must be objective"}],
    )


def _to_itself(error: LinkToItself) -> Problem:
    return Problem(
        422,
        "link-to-itself",
        "A link leads to another objective",
        f"Objective {error.objective_id} is at both ends, by itself or by a key result of it.",
        [{"pointer": "#/to/id", "detail": "it is the source, or a key result of it"}],
    )


def _closes_loop(error: LinkClosesLoop) -> Problem:
    route = " -> ".join(map(str, error.route))
    return Problem(
        422,
        "link-closes-loop",
        "The link would close a loop",
        f"The target already contributes to the source: {route}.",
        [{"pointer": "#/to/id", "detail": "it already contributes to the source"}],
        route=[str(objective) for objective in error.route],
    )


def _stands_already(error: LinkStandsAlready) -> Problem:
    return Problem(
        409,
        "link-stands-already",
        "This link stands already",
        f"Link {error.link_id} is of the same kind and between the same ends.",
        link_id=str(error.link_id),
    )


def _unknown_link(error: UnknownLink) -> Problem:
    return Problem(404, "not-found", "Not Found", f"No link {error.link_id} stands.")


REFUSALS: Refusals = {
    UnknownNode: _unknown_node,
    WeightNotPositive: _weight_not_positive,
    OnlyObjectivesLinkUp: _only_objectives,
    LinkToItself: _to_itself,
    LinkClosesLoop: _closes_loop,
    LinkStandsAlready: _stands_already,
    UnknownLink: _unknown_link,
}
