"""The trace id of what is being worked on, carried as W3C `traceparent` through messages and requests.

A block under `traced` that has a name is a step of the journey. Steps are told to whoever was set by `tell_steps_to`;
usually nobody was, and they cost nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Fact = str | int | float | bool

_SHAPE = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
_current: ContextVar[str] = ContextVar("traceparent", default="")
_step: ContextVar[Step | None] = ContextVar("step", default=None)


class Step(Protocol):
    """One that is being told. What is noted of it holds no text and no contact: names, ids, numbers."""

    @property
    def traceparent(self) -> str:
        """What happens within the step carries it on."""
        ...

    def note(self, **facts: Fact) -> None: ...


class Listener(Protocol):
    def step(self, name: str, traceparent: str) -> AbstractContextManager[Step]:
        """A step that lasts as long as the block. What is raised in it is its outcome, and goes on."""
        ...


_listener: Listener | None = None


def tell_steps_to(listener: Listener | None) -> None:
    """For the whole process, before it starts to work."""
    global _listener  # one process has one place to which its steps go
    _listener = listener


def new_traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current_traceparent() -> str:
    """The traceparent of this context; a new one when there is none."""
    return _current.get() or new_traceparent()


def current_trace_id() -> str:
    match = _SHAPE.match(_current.get())
    return match.group(1) if match else ""


def note(**facts: Fact) -> None:
    """Of the step that is being told; nothing when none is."""
    step = _step.get()
    if step is not None:
        step.note(**facts)


@contextmanager
def traced(traceparent: str | None, name: str = "", **facts: Fact) -> Iterator[str]:
    """Works under the given traceparent, or under a new one when it is missing or malformed; as a step if it has a
    name."""
    value = traceparent if traceparent and _SHAPE.match(traceparent) else new_traceparent()
    if name and _listener is not None:
        with _told(_listener, value, name, facts) as value:
            yield value
        return
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)


@contextmanager
def _told(listener: Listener, traceparent: str, name: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    with listener.step(name, traceparent) as step:
        step.note(**facts)
        tokens = _current.set(step.traceparent), _step.set(step)
        try:
            yield step.traceparent
        finally:
            _current.reset(tokens[0])
            _step.reset(tokens[1])
