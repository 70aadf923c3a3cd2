"""Whatever the APIs describe is sent to them: nothing is a 500, every refusal a problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import schemathesis
from helmlog_local.reference import FOLDER
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from tests.support.stack import LocalStack

Check = Callable[[Case, LocalStack], None]


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(_: schemathesis.SerializationContext, value: Any) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"\n".join(orjson.dumps(item) for item in items)


@schemathesis.serializer("application/x-protobuf")
def bytes_as_they_are(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else orjson.dumps(value)


few_of_each = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


LONGEST_ADDRESS = 60_000


def operations_of(service: str) -> Callable[[Check], Check]:
    """Parametrizes a test with every operation of a service, as its document describes it.

    But for the live stream, whose answer has no end; it has tests of its own.
    """
    document = schemathesis.openapi.from_path(FOLDER / "openapi" / f"{service}-service.json")
    return document.exclude(path="/v1/stream").parametrize()


def send(case: Case, stack: LocalStack, service: str) -> None:
    # It would wait for a place that never comes, each time for two seconds.
    case.headers.pop("Helmlog-Min-Seq", None)
    # Longer than HTTP servers read, it never comes to the service, and is refused in their words.
    command = case.as_curl_command()
    assume(len(command) < LONGEST_ADDRESS or case.method != "GET")
    response = case.call(
        base_url=stack.url(service),
        headers={"Authorization": f"Bearer {stack.token('admin')}"},
        timeout=30,
    )
    said = f"{command} {response.status_code} {response.text[:500]}"
    assert response.status_code < 500, said
    if response.status_code >= 400:
        assert response.headers["content-type"][0].startswith("application/problem+json"), said
        assert response.json()["status"] == response.status_code
    case.validate_response(response, checks=[content_type_conformance, response_schema_conformance])


@operations_of("okr")
@few_of_each
def test_okr_service_refuses_with_a_problem(case: Case, stack: LocalStack):
    send(case, stack, "okr")


@operations_of("kpi")
@few_of_each
def test_kpi_service_refuses_with_a_problem(case: Case, stack: LocalStack):
    send(case, stack, "kpi")


@operations_of("alignment")
@few_of_each
def test_alignment_service_refuses_with_a_problem(case: Case, stack: LocalStack):
    send(case, stack, "alignment")


@operations_of("audit")
@few_of_each
def test_audit_service_refuses_with_a_problem(case: Case, stack: LocalStack):
    send(case, stack, "audit")
