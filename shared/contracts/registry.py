"""From a message's type to its dataclass, whose annotations are the contract.

Producers are strict: what does not fit the annotations is not sent. Consumers tolerate unknown fields and refuse an
unknown type or version as `Rejected`: it waits, parked, for a consumer that knows it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

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
_events: dict[str, type[Any]] = {}
_MISFITS = (msgspec.ValidationError, UnicodeError, RecursionError)  # text with half a surrogate is none for msgspec


def event(cls: E) -> E:
    """Class decorator: registers a dataclass under its `TYPE`, for instance `complaint.received.v1`."""
    type_ = cls.TYPE  # type: ignore[attr-defined]
    if type_ in _events:
        raise ValueError(f"two events are called {type_}")
    _events[type_] = cls
    return cls


def known_types() -> list[str]:
    _load()
    return sorted(_events)


def event_class(type_: str) -> type[Any]:
    """Raises `Rejected` (code `unknown_type`) for a type or version that this program does not know."""
    _load()
    try:
        return _events[type_]
    except KeyError:
        raise Rejected(f"no contract is known for messages of type {type_!r}", code="unknown_type") from None


def dump(event_: Event) -> dict[str, Any]:
    """The event as plain JSON types. Raises `Rejected` (code `invalid_event`) when it breaks its own contract."""
    try:
        data: dict[str, Any] = msgspec.to_builtins(event_, enc_hook=_plain)
    except (TypeError, *_MISFITS) as error:
        raise _broken(event_.TYPE, error) from error
    load(event_.TYPE, data)
    return data


def load(type_: str, data: Any) -> Any:
    """The event that `data` describes. Raises `Rejected` (codes `unknown_type`, `invalid_event`)."""
    cls = event_class(type_)
    try:
        return msgspec.convert(data, cls)
    except _MISFITS as error:
        raise _broken(type_, error) from error


def _plain(value: Any) -> str:
    """A sentence that could be said in another language (`sentences.py`) travels as the text that it is."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of an event")


def _broken(type_: str, error: Exception) -> Rejected:
    return Rejected(f"{type_} breaks its contract: {error}", code="invalid_event")


def _load() -> None:
    from shared.contracts import (  # noqa: F401 - they register themselves
        agency,
        audit,
        case,
        complaint,
        delivery,
        person,
        statistics,
    )
