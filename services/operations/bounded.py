"""Several questions at once, each with an answer, an error or a time-out, within a bounded time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from shared.errors import Transient

T = TypeVar("T")


def ask_all(questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | Exception]:
    """The answers by name, in the order of the questions. One that hangs is left behind and costs no other."""
    answers: dict[str, T | Exception] = {}

    def ask(name: str, question: Callable[[], T]) -> None:
        try:
            answers[name] = question()
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            answers[name] = error

    threads = [threading.Thread(target=ask, args=item, daemon=True) for item in questions.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    silent = Transient(f"no answer within {seconds:g} seconds", code="no_answer")
    return {name: answers.get(name, silent) for name in questions}
