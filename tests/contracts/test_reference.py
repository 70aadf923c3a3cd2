"""The committed reference says what the code does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helmlog_local.reference import FOLDER, documents, render

GENERATED = documents()


@pytest.mark.parametrize("path", GENERATED)
def test_a_committed_document_matches_the_code(path: str):
    committed = (FOLDER / path).read_text(encoding="utf-8")
    assert committed == render(GENERATED[path]), "run 'make docs' and look at what changed"


@pytest.mark.parametrize("path", [path for path in GENERATED if path.startswith("openapi/")])
def test_every_operation_says_how_it_refuses(path: str):
    for route, operations in GENERATED[path]["paths"].items():
        for method, operation in operations.items():
            assert any(code.startswith("4") for code in operation["responses"]), f"{method} {route}"


@pytest.mark.parametrize("path", [path for path in GENERATED if path.startswith("openapi/")])
def test_every_service_streams_its_log(path: str):
    answer = GENERATED[path]["paths"]["/v1/stream"]["get"]["responses"]["200"]
    assert "itemSchema" in answer["content"]["text/event-stream"]


def test_every_reference_in_the_asyncapi_document_leads_somewhere():
    document = GENERATED["asyncapi.json"]

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [found for value in part.values() for found in references(value)]
        return (
            [found for item in part for found in references(item)] if isinstance(part, list) else []
        )

    for reference in references(document):
        file, _, pointer = reference.partition("#/")
        target = GENERATED[file] if file else document
        for step in pointer.split("/"):
            target = target[step]
        assert json.dumps(target)
