"""What is wrong with a table, as sentences: its place, its key, what was found, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, get_args

from pydantic import BaseModel, Secret, SecretBytes, SecretStr, ValidationError
from pydantic_core import core_schema

from orderflow_core.settings.discovery import last_place
from orderflow_core.settings.layers import Given
from orderflow_core.settings.shown import written
from orderflow_core.words import did_you_mean, error_text

FROM_ENVIRONMENT = "(a value of the environment)"
SECRET = "(a secret)"
Place: TypeAlias = tuple[str | int, ...]

_SECRETS = (Secret, SecretStr, SecretBytes)
_LONGEST = 200
_LEAST = 4
_OWN_MESSAGES = frozenset(get_args(core_schema.ErrorType)) - {
    "value_error",
    "assertion_error",
    "import_error",
    "union_tag_invalid",
}
"""The kinds of error whose message is pydantic's own and repeats no value."""


class TableText(NamedTuple):
    """A table as its problems are told of.

    `values` are what the model is to validate, `given` those of them that were given; the others
    are of `file`, the settings file.
    """

    title: str
    model: type[BaseModel]
    values: Mapping[str, Any]
    given: Mapping[str, Given]
    file: str

    def problems(self, error: ValidationError) -> list[str]:
        """Return a sentence for each thing that is wrong."""
        found = error.errors(include_url=False)
        return list(dict.fromkeys(self._problem(dict(detail)) for detail in found))

    def problem(self, key: str, message: object) -> str:
        """Return the sentence for a value that cannot be, with what is wrong with it."""
        return self._told((key,), self.values.get(key), str(message))

    def failure(self, error: BaseException) -> str:
        """Return the sentence for what no validator should raise."""
        told = f"{last_place(error)}{error_text(error)}"
        return f"[{self.title}] its settings cannot be validated: {self.hidden(told)}"

    def hidden(self, message: str) -> str:
        """Hide the secrets of the table where a message repeats them."""
        for name, value in self.values.items():
            mask = self._mask((name,))
            if mask:
                message = hide(message, leaves(value), mask)
        return message

    def _problem(self, detail: Mapping[str, Any]) -> str:
        place = _place(detail, self.values)
        table = _dotted((self.title, *place[:-1]))
        if detail["type"] == "extra_forbidden":
            return f"{self._where(place)}: [{table}] has no key {place[-1]!r}{self._keys(place)}"
        if detail["type"] == "missing" and place:
            return f"{self._where(place)}: [{table}] lacks {place[-1]}"
        message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        if detail["type"] not in _OWN_MESSAGES:
            message = self.hidden(message)
        return self._told(place, detail["input"], message)

    def _told(self, place: Place, found: Any, message: str) -> str:
        if not place:
            return f"{self._where(place)}: [{self.title}] {message}"
        shown = self._mask(place) or shortened(found)
        return f"{self._where(place)}: [{self.title}] {_dotted(place)} = {shown}: {message}"

    def _where(self, place: Place) -> str:
        given = self.given.get(str(place[0])) if place else None
        return given.where if given else self.file

    def _mask(self, place: Place) -> str | None:
        """Return what stands for the value at a place, None where it may be shown."""
        given = self.given.get(str(place[0]))
        if given and given.origin == "environment":
            return FROM_ENVIRONMENT
        return SECRET if holds_secret(_annotation(self.model, place)) else None

    def _keys(self, place: Place) -> str:
        model = _model_in(_annotation(self.model, place[:-1]))
        known = list(model.model_fields) if model else []
        hint = did_you_mean(str(place[-1]), known) or f"the keys are {', '.join(known) or 'none'}"
        return f"; {hint}"


def hide(message: str, secrets: Iterable[str], mask: str) -> str:
    """Put the mask in the place of secrets where a message repeats them.

    One of few letters or digits stands in many a sentence by chance: it is hidden where it is
    quoted or follows an equals sign.
    """
    variants = {form for secret in secrets for form in (secret, repr(secret)[1:-1])}
    for secret in sorted(variants, key=len, reverse=True):
        text = re.escape(secret)
        if len(secret) >= _LEAST:
            message = re.sub(rf"(?<!\w){text}(?!\w)", mask, message)
        elif secret:
            quoted = rf"""(?<=['"`]){text}(?=['"`])"""
            message = re.sub(rf"{quoted}|(?<== ){text}(?![\w.])", mask, message)
    return message


def leaves(value: Any) -> Iterator[str]:
    """Return the texts of a value, or of those in it, secrets laid open."""
    if isinstance(value, _SECRETS):
        yield from leaves(value.get_secret_value())
    elif isinstance(value, BaseModel):
        yield from leaves(dict(value))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, Collection) and not isinstance(value, str | bytes):
        for each in value:
            yield from leaves(each)
    elif value is not None:
        yield written(value)


def holds_secret(annotation: Any, seen: frozenset[type] = frozenset()) -> bool:
    """Whether a type is one of pydantic's secrets, or has one in it."""
    inner = list(get_args(annotation))
    if isinstance(annotation, type):
        if issubclass(annotation, _SECRETS):
            return True
        if issubclass(annotation, BaseModel) and annotation not in seen:
            inner = [info.annotation for info in annotation.model_fields.values()]
            seen |= {annotation}
    return any(holds_secret(each, seen) for each in inner)


def shortened(value: Any) -> str:
    """Return a value as an error shows it."""
    try:
        text = repr(str(value) if isinstance(value, Path) else value)
    except ValueError:
        text = written(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def _place(detail: Mapping[str, Any], values: Any) -> Place:
    """Return the keys of an error's location, without what names the part of a union."""
    place: list[str | int] = []
    for number, part in enumerate(detail["loc"], start=1):
        is_key = isinstance(values, Mapping) and part in values
        is_index = isinstance(values, list | tuple) and isinstance(part, int)
        if is_key or is_index:
            place.append(part)
            values = values[part]
        elif number == len(detail["loc"]) and detail["type"] in ("missing", "extra_forbidden"):
            place.append(part)
    return tuple(place)


def _dotted(place: Place) -> str:
    first, *others = place
    return str(first) + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in others
    )


def _annotation(model: type[BaseModel], place: Place) -> Any:
    """Return the type of what stands at a place in a model, or of what that is in."""
    annotation: Any = model
    for part in place:
        inner = _model_in(annotation)
        if inner is not None and part in inner.model_fields:
            annotation = inner.model_fields[str(part)].annotation
    return annotation


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a type is, or has in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
