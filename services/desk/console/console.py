"""The page's model, put together from memory: no page waits for a service or a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.desk.console.around import Around
from services.desk.console.picture import Picture, picture
from shared.clock import Clock
from shared.vitals.board import Board, Seen

SHOWN_SECONDS = 2.0


@dataclass(frozen=True)
class Shown:
    """What was made of `seen` at that time of the monotonic clock."""

    seen: Seen
    at: float
    text: str


@dataclass(frozen=True)
class Console:
    """`stack`: the services are processes of their own, run by Docker; else they are one process."""

    board: Board
    around: Around
    clock: Clock
    stack: bool
    runbook: str = ""
    """Where docs/operations.md can be read; empty: it is named only."""

    _shown: dict[tuple[str, ...], Shown] = field(default_factory=dict)

    def shown(self, reader: tuple[str, ...], render: Callable[[Picture], str]) -> str:
        """The page's text for all who read alike, made anew after each look and every two seconds at least."""
        seen, now = self.board.seen, self.clock.monotonic_seconds()
        known = self._shown.get(reader)
        if known is None or known.seen is not seen or now - known.at >= SHOWN_SECONDS:
            known = self._shown[reader] = Shown(seen, now, render(self.picture()))
        return known.text

    def picture(self) -> Picture:
        told = {name: told.seen for name, told in self.around.told().items()}
        return picture(self.board.seen, told, self.clock.now())
