from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """What every request body extends: unknown fields, NaN and infinities are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ResponseModel(BaseModel):
    """What every response body extends."""

    model_config = ConfigDict(frozen=True)


def exemplified(example: dict[str, Any]) -> ConfigDict:
    """A model's `model_config` that adds an example, as it goes over the wire, to its schema."""
    return ConfigDict(json_schema_extra={"examples": [example]})
