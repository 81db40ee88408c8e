"""What one check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """`saw` is a fact, `todo` what a person can do about it. `looked` is False when it could not be checked at all."""

    name: str
    state: State
    saw: str
    todo: str = ""
    looked: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "state": str(self.state)}


Check = Callable[[], list[Finding]]


def well(name: str, saw: str) -> Finding:
    return Finding(name, State.OK, saw)


def warning(name: str, saw: str, todo: str) -> Finding:
    return Finding(name, State.WARNING, saw, todo)


def problem(name: str, saw: str, todo: str) -> Finding:
    return Finding(name, State.PROBLEM, saw, todo)


def unseen(name: str, saw: str, todo: str) -> Finding:
    return Finding(name, State.PROBLEM, saw, todo, looked=False)
