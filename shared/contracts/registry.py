"""From a message's type to its dataclass and schema.

Producers are strict: what a dataclass says must fit its schema, or it is not sent. Consumers tolerate unknown fields
and refuse an unknown type or version as `Rejected`: it waits, parked, for a consumer that knows it.
"""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from shared.errors import Rejected


class Event(Protocol):
    """A frozen dataclass with these; `SEALED` names its fields that travel sealed."""

    TYPE: ClassVar[str]
    SEALED: ClassVar[tuple[str, ...]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def subject(self) -> str:
        """What the fact is about: a complaint's id, an agency's code. Becomes the message's correlation id."""
        ...


E = TypeVar("E", bound=type)
_events: dict[str, tuple[type[Any], type[Schema]]] = {}


def event(schema: type[Schema]) -> Any:
    """Class decorator: registers a dataclass and its schema under `TYPE`, for instance `complaint.received.v1`."""

    def register(cls: E) -> E:
        if cls.TYPE in _events:  # type: ignore[attr-defined]
            raise ValueError(f"two events are called {cls.TYPE}")  # type: ignore[attr-defined]
        _events[cls.TYPE] = (cls, schema)  # type: ignore[attr-defined]
        return cls

    return register


def known_types() -> list[str]:
    _load()
    return sorted(_events)


def event_class(type_: str) -> type[Any]:
    """Raises `Rejected` (code `unknown_type`) for a type or version that this program does not know."""
    _load()
    try:
        return _events[type_][0]
    except KeyError:
        raise Rejected(f"no contract is known for messages of type {type_!r}", code="unknown_type") from None


@cache
def schema_for(type_: str, *, strict: bool) -> Schema:
    """Building a schema costs more than using it; a built one may be shared between threads."""
    event_class(type_)
    return _events[type_][1](unknown=RAISE if strict else EXCLUDE)


def dump(event_: Event) -> dict[str, Any]:
    """The event as plain JSON types. Raises `Rejected` (code `invalid_event`) when it breaks its own contract."""
    schema = schema_for(event_.TYPE, strict=True)
    data: Any = schema.dump({name: _plain(getattr(event_, name)) for name in event_.__dataclass_fields__})
    problems = schema.validate(data)
    if problems:
        raise Rejected(f"{event_.TYPE} breaks its contract: {problems}", code="invalid_event")
    return dict(data)


def load(type_: str, data: Any) -> Any:
    """The event that `data` describes. Raises `Rejected` (codes `unknown_type`, `invalid_event`)."""
    cls = event_class(type_)
    try:
        values: Any = schema_for(type_, strict=False).load(data)
    except ValidationError as error:
        raise Rejected(f"{type_} breaks its contract: {error.messages}", code="invalid_event") from error
    return cls(**values)


def _plain(value: Any) -> Any:
    """A value type inside an event as a dict. Not `asdict` for the whole: that copies texts and lists deeply."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _load() -> None:
    from shared.contracts import agency, case, complaint, delivery  # noqa: F401 - they register themselves
