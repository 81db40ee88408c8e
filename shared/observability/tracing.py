"""The trace id of what is being worked on, carried as W3C `traceparent` through messages and requests."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHAPE = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
_current: ContextVar[str] = ContextVar("traceparent", default="")


def new_traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current_traceparent() -> str:
    """The traceparent of this context; a new one when there is none."""
    return _current.get() or new_traceparent()


def current_trace_id() -> str:
    match = _SHAPE.match(_current.get())
    return match.group(1) if match else ""


@contextmanager
def traced(traceparent: str | None) -> Iterator[str]:
    """Works under the given traceparent, or under a new one when it is missing or malformed."""
    value = traceparent if traceparent and _SHAPE.match(traceparent) else new_traceparent()
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)
