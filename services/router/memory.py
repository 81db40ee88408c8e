"""What was worked out once, kept up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_LIMIT = 50_000


class Memory(dict[K, V]):
    """A dictionary that asks `work_out` for what it does not know, for use as `map(memory.__getitem__, …)`.

    What it answers never depends on what it was asked before. Beyond its limit it stops remembering; `tidy` empties a
    full memory and belongs between two texts. `work_out` must be pure.
    """

    def __init__(self, work_out: Callable[[K], V], limit: int = _LIMIT) -> None:
        super().__init__()
        self._work_out = work_out
        self._limit = limit

    def __missing__(self, key: K) -> V:
        value = self._work_out(key)
        if len(self) < self._limit:
            self[key] = value
        return value

    def tidy(self) -> None:
        if len(self) >= self._limit:
            self.clear()
