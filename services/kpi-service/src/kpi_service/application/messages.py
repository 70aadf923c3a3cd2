"""What upstream systems write: CloudEvents, binary or structured, or bare JSON."""

from __future__ import annotations

import binascii
import re
from typing import Any

import orjson
from aiokafka import ConsumerRecord

_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STRUCTURED = b"application/cloudevents"
_BASE64 = "data_base64"  # what a producer writes whose own data are bytes


class MessageUnreadable(ValueError):
    """No reading of the message can be told; the text says why."""


def read_message(message: ConsumerRecord, default_tenant: str) -> tuple[str, list[Any]]:
    """The tenant and the raw readings, one or an array.

    The tenant is that of the CloudEvents extension `tenantid` (header `ce_tenantid`), or of a
    header `tenantid`, else the default. A reading that names no source has that of its CloudEvent
    (header `ce_source`), if there is one. Raises `MessageUnreadable`.
    """
    if not message.value:
        raise MessageUnreadable("the message is empty")
    try:
        content = orjson.loads(message.value)
    except orjson.JSONDecodeError as error:
        raise MessageUnreadable(f"the value is not JSON: {error}") from error
    tenant, source = default_tenant, None
    if message.headers:
        headers = {name.lower(): value for name, value in message.headers}
        if headers.get("content-type", b"").startswith(_STRUCTURED):
            return _structured(content, default_tenant)
        named = headers.get("ce_tenantid", headers.get("tenantid"))
        if named is not None:
            tenant = _tenant(named.decode("ascii", "replace"))
        source = _source(headers.get("ce_source"))
    if type(content) is dict:
        if "specversion" in content and ("data" in content or _BASE64 in content):
            return _structured(content, tenant)
        content = [content]
    if type(content) is not list:
        raise MessageUnreadable("the value is neither a reading nor an array of readings")
    return tenant, content if source is None else _sourced(content, source)


def _structured(content: Any, tenant: str) -> tuple[str, list[Any]]:
    if type(content) is not dict or not ("data" in content or _BASE64 in content):
        raise MessageUnreadable("the CloudEvent has no data")
    if content.get("specversion") != "1.0":
        raise MessageUnreadable("the CloudEvent is not of version 1.0")
    if "tenantid" in content:
        tenant = _tenant(content["tenantid"])
    data = content["data"] if "data" in content else _decoded(content[_BASE64])
    return tenant, _sourced(data if type(data) is list else [data], content.get("source"))


def _sourced(raw_readings: list[Any], source: object) -> list[Any]:
    """With the CloudEvent's source where a reading names none; whether it can be one is seen where
    rows are read.
    """
    for raw in raw_readings:
        if type(raw) is dict and raw.get("source") is None:
            raw["source"] = source
    return raw_readings


def _source(header: bytes | None) -> str | None:
    if not header:
        return None
    try:
        return header.decode()
    except UnicodeDecodeError as error:
        raise MessageUnreadable("ce_source is not UTF-8") from error


def _tenant(name: object) -> str:
    if type(name) is not str or not _TENANT.fullmatch(name):
        raise MessageUnreadable("tenantid is not the name of a tenant")
    return name


def _decoded(data: Any) -> Any:
    try:
        return orjson.loads(binascii.a2b_base64(data, strict_mode=True))
    except (TypeError, ValueError) as error:
        raise MessageUnreadable(f"the CloudEvent's data_base64 is not JSON: {error}") from error
