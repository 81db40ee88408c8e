"""The newest signs of this process, for whoever asks, also while the database is away."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.vitals.sign import Sign
from shared.vitals.table import Process


@dataclass(frozen=True)
class Seen:
    """`processes` as the rows of the service said at `read_at`; None: they were never read."""

    process: Process
    processes: tuple[Process, ...] = ()
    read_at: datetime | None = None

    @property
    def signs(self) -> tuple[Sign, ...]:
        return self.process.signs


class Board:
    """Shared by threads."""

    def __init__(self, process: Process) -> None:
        self._mutex = threading.Lock()
        self._seen = Seen(process)

    @property
    def seen(self) -> Seen:
        return self._seen

    def note_rows(self, processes: Sequence[Process], read_at: datetime) -> None:
        with self._mutex:
            self._seen = replace(self._seen, processes=tuple(processes), read_at=read_at)

    def note_signs(self, signs: Sequence[Sign], now: datetime) -> None:
        """Each keeps since when it has been in its state."""
        with self._mutex:
            known = {sign.key: sign for sign in self._seen.process.signs}
            told = tuple(_since(sign, known.get(sign.key), now) for sign in signs)
            self._seen = replace(self._seen, process=replace(self._seen.process, at=now, signs=told))


def _since(sign: Sign, before: Sign | None, now: datetime) -> Sign:
    lasts = before is not None and before.state == sign.state
    return replace(sign, since=before.since if before is not None and lasts else sign.since or now)
