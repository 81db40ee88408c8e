"""Waiting without sleeping: ask again until it is so, and say what was seen when it never was."""

import time
from collections.abc import Callable
from typing import TypeVar

SHOWN_CHARACTERS = 2_000

T = TypeVar("T")


def eventually(
    predicate: Callable[[], T],
    deadline_seconds: float = 10,
    *,
    every: float = 0.02,
    describe: Callable[[], object] | None = None,
) -> T:
    """Return the first truthy value of `predicate`, asking every `every` seconds.

    The predicate is asked at least once, and once more after the deadline has passed. What it raises (an `Exception`)
    counts as "not yet". `describe` is called only on a time-out; give it what helps to see why: logs, queue depths.

    Raises AssertionError on a time-out, caused by the predicate's last exception if it ended with one.
    """
    started = time.monotonic()
    tries = 0
    while True:
        late = time.monotonic() - started >= deadline_seconds
        tries += 1
        value, error = _attempt(predicate)
        if error is None and value:
            return value
        if late:
            break
        time.sleep(every)
    seen = f"it raised {type(error).__name__}: {_shown(error, str)}" if error else f"it was {_shown(value, repr)}"
    message = f"not so within {deadline_seconds:g} s ({tries} tries); at last {seen}"
    if describe is not None:
        message += f"\n{_described(describe)}"
    raise AssertionError(message) from error


def _attempt(predicate: Callable[[], T]) -> tuple[T | None, Exception | None]:
    try:
        return predicate(), None
    except Exception as error:
        return None, error


def _described(describe: Callable[[], object]) -> str:
    try:
        return str(describe())
    except Exception as error:
        return f"(describe() itself raised {type(error).__name__}: {error})"


def _shown(value: object, form: Callable[[object], str]) -> str:
    text = form(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} … ({len(text)} characters)"
