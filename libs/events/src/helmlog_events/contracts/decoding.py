"""Reading events back, by the million: conversion without validation.

What stands in the log was validated when it was written, and its hash says that it is still that.
Converters are made once for each contract from its fields; whatever does not fit them exactly is
left to pydantic, which knows defaults and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import orjson
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
Convert = Callable[[Any], Any]

_uuid = lru_cache(maxsize=65_536)(UUID)  # ids recur: a stream's own in each of its events
_AS_IT_IS = frozenset({str, int, bool})
_CONVERTERS: dict[Any, Convert] = {
    UUID: _uuid,
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}
_set = object.__setattr__


class _NoConverter(Exception):
    """A field of a kind that is not converted here."""


def create_decoder(model: type[M]) -> Callable[[bytes | str], M]:
    """A function from JSON text to the model. It raises what `model_validate_json` raises."""
    try:
        convert = _model_converter(model)
    except _NoConverter:
        return model.model_validate_json

    def decode(text: bytes | str) -> M:
        try:
            return convert(orjson.loads(text))  # type: ignore[no-any-return]
        except (ValueError, TypeError, ArithmeticError, AttributeError, KeyError):
            return model.model_validate_json(text)

    return decode


def _model_converter(model: type[BaseModel]) -> Convert:
    names = model.model_fields.keys()
    fields_set = set(names)
    converters = [
        (name, convert)
        for name, field in model.model_fields.items()
        if (convert := _converter(field.annotation)) is not None
    ]

    def convert_model(data: dict[str, Any]) -> BaseModel:
        if data.keys() != names:
            raise KeyError
        for name, convert in converters:
            value = data[name]
            if value is not None:
                data[name] = convert(value)
        made = model.__new__(model)
        _set(made, "__dict__", data)
        _set(made, "__pydantic_fields_set__", fields_set)
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    return convert_model


def _converter(annotation: Any) -> Convert | None:
    """How a JSON value becomes the field's; None where it is it already."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _converter(arguments[0])
    if origin is Literal or annotation in _AS_IT_IS:
        return None
    if origin in {Union, UnionType}:
        kinds = [argument for argument in arguments if argument is not NoneType]
        if len(kinds) != 1:
            raise _NoConverter
        return _converter(kinds[0])
    if origin is tuple and len(arguments) == 2 and arguments[1] is ...:  # noqa: PLR2004 - tuple[X, ...]
        each = _converter(arguments[0])
        return tuple if each is None else lambda values: tuple(map(each, values))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_converter(annotation)
    if annotation in _CONVERTERS:
        return _CONVERTERS[annotation]
    raise _NoConverter
